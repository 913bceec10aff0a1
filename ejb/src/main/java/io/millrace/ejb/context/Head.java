package io.millrace.ejb.context;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What there is to know of a conversation without its older turns. One write of it is one change of the conversation: it
 * holds the newest turns itself, and says which pages the older ones are in.
 *
 * @param tenant         the id of the key whose conversation it is
 * @param id             its name, unique for its tenant
 * @param createdMillis  milliseconds since 1970
 * @param lastUsedMillis when the last turn came
 * @param metadata       the client's own
 * @param systems        messages before all turns
 * @param edition        counts how often older turns were written anew; pages belong to one
 * @param pages          how many are full
 * @param openFrom       number of the first turn that {@code open} holds
 * @param open           the newest turns
 * @param digest         of the turns that a prompt doesn't get in full
 */
record Head(String tenant, String id, long createdMillis, long lastUsedMillis, Map<String, String> metadata, List<Item> systems,
            int edition, int pages, int openFrom, List<Turn> open, Digest digest) {

    Head {
        metadata = Map.copyOf(metadata);
        systems = List.copyOf(systems);
        open = List.copyOf(open);
    }

    static Head fresh(String tenant, String id, long nowMillis, Map<String, String> metadata) {
        return new Head(tenant, id, nowMillis, nowMillis, metadata, List.of(), 0, 0, 0, List.of(), Digest.NONE);
    }

    /** How many turns the conversation has. */
    int turns() {
        return openFrom + open.size();
    }

    Head with(Turn turn, long nowMillis) {
        List<Turn> more = new ArrayList<>(open);
        more.add(turn);
        return new Head(tenant, id, createdMillis, Math.max(lastUsedMillis, nowMillis), metadata, systems, edition, pages, openFrom, more, digest);
    }

    /** Whether this item is the last one of all. */
    boolean endsWith(String itemId) {
        return !open.isEmpty() && open.getLast().items().getLast().id().equals(itemId);
    }

    /** Its open turns are in one more page. */
    Head paged() {
        return new Head(tenant, id, createdMillis, lastUsedMillis, metadata, systems, edition, pages + 1, turns(), List.of(), digest);
    }

    Head with(Map<String, String> otherMetadata) {
        return new Head(tenant, id, createdMillis, lastUsedMillis, otherMetadata, systems, edition, pages, openFrom, open, digest);
    }

    Head withSystems(List<Item> other) {
        return new Head(tenant, id, createdMillis, lastUsedMillis, metadata, other, edition, pages, openFrom, open, digest);
    }

    Head with(Digest other) {
        return new Head(tenant, id, createdMillis, lastUsedMillis, metadata, systems, edition, pages, openFrom, open, other);
    }

    /** The same with the last {@code most} turns alone, whose pages it may not know. */
    Head recent(int most, List<Turn> all) {
        List<Turn> last = all.subList(Math.max(0, all.size() - most), all.size());
        return new Head(tenant, id, createdMillis, lastUsedMillis, metadata, systems, edition, pages, turns() - last.size(), last, digest);
    }

    /** Nothing but what it is called, in another edition: its turns are to be written anew. */
    Head emptied() {
        return new Head(tenant, id, createdMillis, lastUsedMillis, metadata, systems, edition + 1, 0, 0, List.of(), Digest.NONE);
    }
}
