package io.millrace.ejb.resume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.cluster.MapShelf;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class JournalTest {

    private static final Duration KEEP = Duration.ofMinutes(2);
    private static final Ticket TICKET = new Ticket("call", "key", "print");
    private static final Kept.Shown SHOWN = new Kept.Shown("model", 7, 2);
    private static final Kept.Facts FACTS = new Kept.Facts(8, 9, 10);

    /** A map whose writes are done when the test says so. */
    private static final class Slow extends MapShelf {
        final List<CompletableFuture<?>> open = new ArrayList<>();
        boolean slow;

        @Override
        public CompletableFuture<?> put(String key, byte[] value) {
            super.put(key, value);
            CompletableFuture<?> done = new CompletableFuture<>();
            if (slow) {
                open.add(done);
            } else {
                done.complete(null);
            }
            return done;
        }
    }

    private final Slow heads = new Slow();
    private final Slow chunks = new Slow();
    private final Slow claims = new Slow();
    private final Set<String> nodes = new HashSet<>(Set.of("a", "b"));
    private final Journal a = new Journal(heads, chunks, claims, "a", () -> nodes);
    private final Journal b = new Journal(heads, chunks, claims, "b", () -> nodes);

    private Draft draft() {
        Draft draft = a.draft(TICKET, SHOWN, FACTS, null);
        a.tell(draft);
        return draft;
    }

    @Test
    void theOtherNodeKnowsOfAnAnswerFromItsBeginning() {
        heads.slow = true;
        Draft draft = draft();
        assertEquals("a", b.head("call").owner());
        assertFalse(draft.announced().isDone(), "the other node hasn't said that it has it");
        heads.open.getFirst().complete(null);
        assertTrue(draft.announced().isDone());
    }

    @Test
    void theOtherNodeReadsWhatWasSaid() {
        Draft draft = draft();
        draft.reasoned(0, "Weizen");
        draft.said(0, "Mühle ", new int[] {1, 2}, 2);
        draft.said(1, "🌾", null, 1);
        a.flush();
        draft.said(0, "Fluß", new int[] {3}, 3);
        draft.done(1, FinishReason.LENGTH);
        a.flush();
        Legacy legacy = b.read(b.head("call"));
        assertEquals(new Legacy("a", TICKET, SHOWN, FACTS, legacy.said()), legacy);
        assertEquals("Weizen", legacy.said().get(0).reasoning());
        assertEquals("Mühle Fluß", legacy.said().get(0).text());
        assertArrayEquals(new int[] {1, 2, 3}, legacy.said().get(0).ids());
        assertEquals(3, legacy.said().get(0).tokens());
        assertNull(legacy.said().get(0).done());
        assertEquals("🌾", legacy.said().get(1).text());
        assertNull(legacy.said().get(1).ids());
        assertEquals(FinishReason.LENGTH, legacy.said().get(1).done());
        assertFalse(b.head("call").over());
        draft.ended(new Usage(1, 2, 3));
        a.flush();
        assertEquals(new Usage(1, 2, 3), b.head("call").usage());
        assertTrue(b.head("call").over());
    }

    @Test
    void aLongAnswerIsReadInItsOrder() {
        Draft draft = draft();
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 5000; i++) {
            String piece = i + " ";
            draft.said(0, piece, new int[] {i}, i + 1);
            all.append(piece);
            if (i % 3 == 0) {
                a.flush();
            }
        }
        a.flush();
        assertEquals(all.toString(), b.read(b.head("call")).said().get(0).text());
        assertTrue(chunks.map.size() > 10 && chunks.map.size() < 50, chunks.map.size() + " chunks");
    }

    @Test
    void nothingIsWrittenBeforeTheWriteBeforeItIsDone() {
        chunks.slow = true;
        Draft draft = draft();
        draft.said(0, "one", null, 1);
        a.flush();
        draft.said(0, " two", null, 2);
        draft.ended(new Usage(1, 2, 0));
        a.flush();
        assertFalse(b.head("call").over(), "the text goes first");
        assertEquals(1, chunks.open.size());
        chunks.slow = false;
        chunks.open.getFirst().complete(null);
        a.flush();
        assertEquals("one two", b.read(b.head("call")).said().get(0).text());
        assertTrue(b.head("call").over());
    }

    @Test
    void oneNodeGoesOnAndTellsTheRest() {
        Draft draft = draft();
        draft.said(0, "one", null, 1);
        a.flush();
        nodes.remove("a");
        assertFalse(b.lives("a"));
        Legacy legacy = b.read(b.head("call"));
        assertTrue(b.claim(legacy));
        assertFalse(new Journal(heads, chunks, claims, "c", () -> nodes).claim(legacy));
        Draft next = b.draft(TICKET, SHOWN, FACTS, legacy);
        b.tell(next);
        next.said(0, " two", null, 2);
        b.flush();
        assertEquals("b", b.head("call").owner());
        assertEquals("one two", b.read(b.head("call")).said().get(0).text());
    }

    @Test
    void whatNobodyWantsAnyMoreIsForgotten() {
        Draft draft = draft();
        draft.said(0, "one", null, 1);
        a.flush();
        draft.drop();
        a.flush();
        assertTrue(heads.map.isEmpty() && chunks.map.isEmpty());
        Draft orphan = draft();
        orphan.said(0, "one", null, 1);
        a.flush();
        b.look(0, KEEP);
        nodes.remove("a");
        b.look(1, KEEP);
        b.look(KEEP.toNanos(), KEEP);
        assertFalse(heads.map.isEmpty());
        b.look(KEEP.toNanos() + 2, KEEP);
        assertTrue(heads.map.isEmpty() && chunks.map.isEmpty());
    }
}
