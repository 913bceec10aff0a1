package io.millrace.ejb.resume;

import io.millrace.ejb.cluster.Shelf;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * What was said of answers whose clients can come back, in the memory of every node, so that another one can go on when
 * theirs dies. Nothing of it is ever on a disk. Thread-safe; has no clock of its own.
 */
final class Journal {

    /** How often what was said is told to the other nodes. */
    static final long EVERY_MS = 20;

    private final Shelf heads;
    private final Shelf chunks;
    private final Shelf claims;
    private final String self;
    private final Supplier<Set<String>> nodes;
    private final Set<Draft> drafts = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> orphans = new HashMap<>();

    /** @param nodes names of those that are there */
    Journal(Shelf heads, Shelf chunks, Shelf claims, String self, Supplier<Set<String>> nodes) {
        this.heads = heads;
        this.chunks = chunks;
        this.claims = claims;
        this.self = self;
        this.nodes = nodes;
    }

    /**
     * One that nobody is told of yet.
     *
     * @param after what another node said of it; null: nothing, it is a new answer
     */
    Draft draft(Ticket ticket, Kept.Shown shown, Kept.Facts facts, Legacy after) {
        Head head = Head.of(self, ticket, shown, facts);
        for (int choice = 0; after != null && choice < shown.choices(); choice++) {
            head = head.with(choice, after.said().get(choice).done());
        }
        return new Draft(heads, chunks, head, after == null ? 0 : countChunks(ticket.callId()));
    }

    /** From now on the other nodes are told of it, and that it is this node's. */
    void tell(Draft draft) {
        drafts.add(draft);
        draft.announce();
    }

    /** Tells the other nodes what is new. */
    void flush() {
        drafts.removeIf(draft -> !draft.flush());
    }

    /** Null where nobody knows of it. */
    Head head(String callId) {
        byte[] bytes = heads.get(callId);
        return bytes == null ? null : Head.of(bytes);
    }

    boolean lives(String node) {
        return nodes.get().contains(node);
    }

    /** What was said of it. */
    Legacy read(Head head) {
        List<Legacy.Gathered> choices = new ArrayList<>();
        for (int choice = 0; choice < head.shown().choices(); choice++) {
            choices.add(new Legacy.Gathered());
        }
        new JournalText(this, head.ticket().callId()).read(new JournalText.Taking() {
            @Override
            public void reasoning(int choice, String text) {
                choices.get(choice).reason(text);
            }

            @Override
            public void piece(int choice, String text, int[] ids, int tokens) {
                choices.get(choice).add(text, ids, tokens);
            }
        });
        List<Legacy.Said> said = new ArrayList<>();
        for (int choice = 0; choice < choices.size(); choice++) {
            said.add(choices.get(choice).said(head.done().get(choice)));
        }
        return Legacy.of(head, said);
    }

    /** Whether this node may go on with an answer whose node is gone; at most one node may. Waits for the others. */
    boolean claim(Legacy legacy) {
        return claims.claim(claimKey(legacy), self.getBytes(StandardCharsets.US_ASCII));
    }

    /** It can't after all. */
    void release(Legacy legacy) {
        claims.remove(claimKey(legacy));
    }

    /** Forgets answers whose node is gone and for which nobody came. */
    void look(long nowNanos, Duration keep) {
        Set<String> there = nodes.get();
        Set<String> seen = heads.keys();
        orphans.keySet().retainAll(seen);
        for (String callId : seen) {
            Head head = head(callId);
            if (head == null || there.contains(head.owner())) {
                orphans.remove(callId);
            } else if (nowNanos - orphans.computeIfAbsent(callId, _ -> nowNanos) > keep.toNanos()) {
                heads.remove(callId);
                for (int i = countChunks(callId); i >= 0; i--) {
                    chunks.remove(Draft.key(callId, i));
                }
                claims.remove(callId + "@" + head.owner());
            }
        }
    }

    private static String claimKey(Legacy legacy) {
        return legacy.ticket().callId() + "@" + legacy.node();
    }

    private int countChunks(String callId) {
        int number = 0;
        while (chunk(callId, number) != null) {
            number++;
        }
        return number;
    }

    /** Null where there is none of this number. */
    byte[] chunk(String callId, int number) {
        return chunks.get(Draft.key(callId, number));
    }
}
