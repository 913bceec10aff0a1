package io.millrace.ejb.context;

import java.util.ArrayList;
import java.util.List;

/**
 * Which responses belong to one conversation.
 *
 * @param hidden  see {@link Paper}
 * @param entries the oldest first
 */
record Drawer(String tenant, String conversation, boolean hidden, List<Entry> entries) {

    /** More than so many of one conversation are not kept: the oldest go. */
    static final int MOST = 4096;

    record Entry(String response, long createdMillis) {}

    Drawer {
        entries = List.copyOf(entries);
    }

    boolean has(String response) {
        return entries.stream().anyMatch(entry -> entry.response().equals(response));
    }

    Drawer with(Entry entry) {
        List<Entry> more = new ArrayList<>(entries);
        more.add(entry);
        return new Drawer(tenant, conversation, hidden, more);
    }

    Drawer without(List<Entry> gone) {
        return new Drawer(tenant, conversation, hidden, entries.stream().filter(entry -> !gone.contains(entry)).toList());
    }

    /** The oldest, as far as there are more than {@link #MOST}. */
    List<Entry> excess() {
        return entries.subList(0, Math.max(0, entries.size() - MOST));
    }

    List<Entry> before(long millis) {
        return entries.stream().filter(entry -> entry.createdMillis() < millis).toList();
    }

    byte[] bytes() {
        return Codec.written(out -> {
            out.writeByte(Codec.VERSION);
            Codec.write(out, tenant);
            Codec.write(out, conversation);
            out.writeBoolean(hidden);
            out.writeInt(entries.size());
            for (Entry entry : entries) {
                Codec.write(out, entry.response());
                out.writeLong(entry.createdMillis());
            }
        });
    }

    static Drawer of(byte[] bytes) {
        return Codec.read(bytes, in -> {
            Codec.requireVersion(in);
            String tenant = Codec.text(in);
            String conversation = Codec.text(in);
            boolean hidden = in.readBoolean();
            List<Entry> entries = new ArrayList<>();
            for (int left = in.readInt(); left > 0; left--) {
                entries.add(new Entry(Codec.text(in), in.readLong()));
            }
            return new Drawer(tenant, conversation, hidden, entries);
        });
    }
}
