package io.millrace.ejb.context;

import io.millrace.ejb.tier.Chest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/**
 * The second tier: conversations on disk, each as one head and as many pages as it has filled. A turn is kept by one write
 * of the head; pages are written before the head that names them, so whatever moment a process dies in, a conversation is
 * there as it was before or after that turn. Thread-safe for different conversations; one conversation is one caller's at a
 * time. Looks on the disk on the caller's thread alone: those that complete a write must never wait for the disk.
 */
final class Shelves {

    private static final Logger LOG = System.getLogger(Shelves.class.getName());

    /** When the open turns are so many, or so large, they become a page: a head is written with each turn. */
    private static final int PAGE_TURNS = 16;
    private static final int PAGE_BYTES = 64 << 10;
    /** Names of conversations have no space. */
    private static final char OF_PAGE = ' ';

    private final Chest chest;
    private final Wrapping wrapping;

    Shelves(Chest chest, Wrapping wrapping) {
        this.chest = chest;
        this.wrapping = wrapping;
    }

    static String name(String tenant, String id) {
        return tenant + "/" + id;
    }

    private static String name(Head head) {
        return name(head.tenant(), head.id());
    }

    /** Null where it isn't here. */
    Head head(String tenant, String id) {
        String name = name(tenant, id);
        byte[] wrapped = chest.get(name);
        return wrapped == null ? null : Codec.head(wrapping.unwrap(wrapped, name));
    }

    /** Its turns from this one on, the open ones too. */
    List<Turn> turns(Head head, int from) {
        List<List<Turn>> pages = new ArrayList<>();
        int first = head.openFrom();
        for (int page = head.pages() - 1; page >= 0 && first > from; page--) {
            List<Turn> turns = page(head, page);
            pages.addFirst(turns);
            first -= turns.size();
        }
        List<Turn> all = new ArrayList<>();
        pages.forEach(all::addAll);
        all.addAll(head.open());
        return all.subList(Math.clamp(from - (long) first, 0, all.size()), all.size());
    }

    private List<Turn> page(Head head, int page) {
        String name = pageName(head, head.edition(), page);
        byte[] wrapped = chest.get(name);
        if (wrapped == null) {
            throw new DamagedException("page " + page + " of conversation " + name(head) + " is missing", null);
        }
        return Codec.turns(wrapping.unwrap(wrapped, name));
    }

    private static String pageName(Head head, int edition, int page) {
        return name(head) + OF_PAGE + edition + "." + page;
    }

    /** Done when the turn is on disk. Answers the new head. */
    CompletableFuture<Head> append(Head head, Turn turn, long nowMillis) {
        Head full = head.open().size() >= PAGE_TURNS || head.open().stream().mapToInt(Turn::bytes).sum() >= PAGE_BYTES ? head.paged() : null;
        if (full == null) {
            return put(head.with(turn, nowMillis));
        }
        return putPage(head, head.pages(), head.open()).thenCompose(_ -> put(full.with(turn, nowMillis)));
    }

    CompletableFuture<Head> put(Head head) {
        String name = name(head);
        return chest.put(name, wrapping.wrap(Codec.bytes(head), name)).thenApply(_ -> head);
    }

    private CompletableFuture<?> putPage(Head head, int page, List<Turn> turns) {
        String name = pageName(head, head.edition(), page);
        return chest.put(name, wrapping.wrap(Codec.bytes(turns), name));
    }

    /** Writes all of a conversation, with these turns; pages of an older edition go afterwards. */
    CompletableFuture<Head> write(Head like, List<Turn> turns) {
        Head next = like.emptied();
        CompletableFuture<?> written = CompletableFuture.completedFuture(null);
        int page = 0;
        int from = 0;
        while (turns.size() - from > PAGE_TURNS) {
            List<Turn> some = turns.subList(from, from + PAGE_TURNS);
            written = both(written, putPage(next, page++, some));
            from += some.size();
        }
        Head complete = new Head(next.tenant(), next.id(), next.createdMillis(), next.lastUsedMillis(), next.metadata(), next.systems(), next.edition(),
                page, from, turns.subList(from, turns.size()), like.digest().cut() <= turns.size() ? like.digest() : Digest.NONE);
        List<String> old = pageNames(like);
        return written.thenCompose(_ -> put(complete)).thenCompose(head -> remove(old).thenApply(_ -> head));
    }

    /** Done when nothing of it is here any more, also of what a process that died had begun to write. */
    CompletableFuture<?> remove(Head head) {
        List<String> names = pageNames(head);
        names.addAll(pageNames(head.emptied()));
        return chest.remove(name(head)).thenCompose(_ -> remove(names));
    }

    /** A page that a dying process wrote is at most one beyond those that the head names, or of the next edition. Looks on the disk. */
    private List<String> pageNames(Head head) {
        List<String> names = new ArrayList<>();
        String name = pageName(head, head.edition(), 0);
        for (int page = 0; page <= head.pages() || chest.get(name) != null; name = pageName(head, head.edition(), ++page)) {
            names.add(name);
        }
        return names;
    }

    private CompletableFuture<?> remove(List<String> names) {
        return CompletableFuture.allOf(names.stream().map(chest::remove).toArray(CompletableFuture[]::new));
    }

    private static CompletableFuture<?> both(CompletableFuture<?> one, CompletableFuture<?> other) {
        return CompletableFuture.allOf(one, other);
    }

    /** Shows each head, and pages as null, with the bytes that it takes up here; what can't be read is left out. Blocks on the disk. */
    void forEach(BiConsumer<Head, Integer> visitor) {
        chest.forEach((name, content) -> visitor.accept(name.indexOf(OF_PAGE) < 0 ? readable(name, content) : null, content.length));
    }

    private Head readable(String name, byte[] content) {
        try {
            return Codec.head(wrapping.unwrap(content, name));
        } catch (DamagedException e) {
            LOG.log(Level.WARNING, e.getMessage());
            return null;
        }
    }
}
