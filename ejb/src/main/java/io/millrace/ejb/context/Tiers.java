package io.millrace.ejb.context;

import io.millrace.ejb.tier.Chest;
import io.millrace.persistence.archive.Archive;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * The three tiers in which a conversation is found: its last turns in memory, all of it on disk, whole ones that nobody
 * needed for long in the archive. What is on disk is newer than what is in the archive. Thread-safe for different
 * conversations; one conversation is one caller's at a time.
 */
final class Tiers {

    /** @param head with some of the last turns; {@code tier} says where from */
    record Found(Head head, Tier tier) {}

    private final Chest memory;
    private final Shelves shelves;
    private final Archive archive;
    private final Wrapping wrapping;
    private final int recentTurns;
    private final LongSupplier clock;

    /** @param clock milliseconds since 1970 */
    Tiers(Chest memory, Shelves shelves, Archive archive, Wrapping wrapping, int recentTurns, LongSupplier clock) {
        this.memory = memory;
        this.shelves = shelves;
        this.archive = archive;
        this.wrapping = wrapping;
        this.recentTurns = recentTurns;
        this.clock = clock;
    }

    /** Null where nobody has it. What comes from the archive is on disk again afterwards. */
    Found find(String tenant, String id) {
        Found near = near(tenant, id);
        return near != null ? near : archive.get(tenant, id).map(entry -> new Found(bringBack(entry), Tier.L3)).orElse(null);
    }

    /** Null where it is neither in memory nor on disk. */
    Found near(String tenant, String id) {
        byte[] recent = memory.get(Shelves.name(tenant, id));
        if (recent != null) {
            return new Found(Codec.head(recent), Tier.L1);
        }
        Head head = shelves.head(tenant, id);
        return head == null ? null : new Found(head, Tier.L2);
    }

    private Head bringBack(Archive.Entry entry) {
        Head whole = Codec.head(wrapping.unwrap(entry.content(), archived(entry.tenant(), entry.id())));
        return shelves.write(whole, whole.open()).join();
    }

    /** Not the name on disk, so that neither can stand in for the other. */
    private static String archived(String tenant, String id) {
        return "archive " + Shelves.name(tenant, id);
    }

    /** The turns from this one on; from the disk where the head doesn't hold them itself. */
    List<Turn> turns(Head head, int from) {
        if (from >= head.openFrom()) {
            return head.open().subList(Math.min(from - head.openFrom(), head.open().size()), head.open().size());
        }
        return shelves.turns(onDisk(head), from);
    }

    private Head onDisk(Head head) {
        Head full = shelves.head(head.tenant(), head.id());
        if (full == null) {
            throw new DamagedException("conversation " + Shelves.name(head.tenant(), head.id()) + " is in memory and not on disk", null);
        }
        return full;
    }

    /** A new one; done when it is on disk. */
    CompletableFuture<Head> create(Head fresh, List<Turn> turns) {
        return shelves.write(fresh, turns).thenCompose(head -> remember(head, turns));
    }

    /**
     * Adds a turn; done when it is on disk.
     *
     * @param known as it was found
     */
    CompletableFuture<Head> append(Head known, Digest digest, Turn turn) {
        Head before = known.turns() > 0 ? onDisk(known) : beforeItsFirst(known);
        List<Turn> last = new ArrayList<>(shelves.turns(before, before.turns() + 1 - recentTurns));
        last.add(turn);
        return shelves.append(before.with(digest), turn, clock.getAsLong()).thenCompose(head -> remember(head, last));
    }

    /** One without turns may be on disk, with metadata, or nowhere yet. */
    private Head beforeItsFirst(Head known) {
        Head full = shelves.head(known.tenant(), known.id());
        return full == null ? known : full.withSystems(known.systems());
    }

    /** Puts these turns in the place of all that it has; done when they are on disk. */
    CompletableFuture<Head> rewrite(Head known, List<Turn> turns) {
        Head full = onDisk(known).withSystems(known.systems());
        return shelves.write(known.digest().isEmpty() ? full.with(Digest.NONE) : full, turns).thenCompose(head -> remember(head, turns));
    }

    /** Changes what the head says beside turns; done when it is on disk. */
    CompletableFuture<Head> change(Head known, UnaryOperator<Head> change) {
        Head full = onDisk(known);
        List<Turn> last = shelves.turns(full, full.turns() - recentTurns);
        return shelves.put(change.apply(full)).thenCompose(head -> remember(head, last));
    }

    /** Done when no other node remembers it as it was before. */
    private CompletableFuture<Head> remember(Head head, List<Turn> last) {
        return memory.put(Shelves.name(head.tenant(), head.id()), Codec.bytes(head.recent(recentTurns, last))).thenApply(_ -> head);
    }

    /** Gone from all tiers when this is done; true where there was one. */
    boolean delete(String tenant, String id) {
        memory.remove(Shelves.name(tenant, id)).join();
        Head head = shelves.head(tenant, id);
        if (head != null) {
            shelves.remove(head).join();
        }
        return archive.delete(tenant, id) || head != null;
    }

    /** Moves one from the disk to the archive, as it is there now. Unless it was used since: then it stays. */
    boolean moveToArchive(String tenant, String id, long unusedSinceMillis) {
        Head head = shelves.head(tenant, id);
        if (head == null || head.lastUsedMillis() > unusedSinceMillis) {
            return false;
        }
        List<Turn> turns = new ArrayList<>(shelves.turns(head, 0));
        Head whole = new Head(tenant, id, head.createdMillis(), head.lastUsedMillis(), head.metadata(), head.systems(), head.edition(), 0, 0, turns, head.digest());
        archive.put(new Archive.Entry(tenant, id, Instant.ofEpochMilli(head.createdMillis()), Instant.ofEpochMilli(head.lastUsedMillis()),
                turns.size(), wrapping.wrap(Codec.bytes(whole), archived(tenant, id))));
        memory.remove(Shelves.name(tenant, id)).join();
        shelves.remove(head).join();
        return true;
    }

    Optional<Head> whole(String tenant, String id) {
        Found found = find(tenant, id);
        return Optional.ofNullable(found).map(each -> each.tier() == Tier.L1 ? onDisk(each.head()) : each.head());
    }
}
