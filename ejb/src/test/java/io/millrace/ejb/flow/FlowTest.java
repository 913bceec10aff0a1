package io.millrace.ejb.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.flow.FlowEvent.ChoiceDone;
import io.millrace.ejb.flow.FlowEvent.End;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.Text;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import io.millrace.ejb.flow.FlowEvent.Usage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class FlowTest {

    private static final Duration NOW = Duration.ZERO;
    private static final Duration LONG = Duration.ofSeconds(10);

    private final AtomicInteger cancels = new AtomicInteger();
    private final AtomicInteger closes = new AtomicInteger();
    private final Flow flow = new Flow(10, cancels::incrementAndGet, closes::incrementAndGet);

    @Test
    void nothingIsReadBeforeOthersKnowOfTheAnswer() throws InterruptedException {
        CompletableFuture<Void> announced = new CompletableFuture<>();
        Reader reader = announced(announced);
        CompletableFuture.delayedExecutor(30, TimeUnit.MILLISECONDS).execute(() -> announced.complete(null));

        assertEquals(new Text(0, "a", List.of()), reader.next(LONG));
        assertTrue(announced.isDone());
    }

    @Test
    void othersWhoCannotBeToldDoNotHoldAnAnswerUp() throws InterruptedException {
        for (CompletableFuture<?> never : List.of(new CompletableFuture<Void>(), CompletableFuture.failedFuture(new IllegalStateException("partition")))) {
            Reader reader = announced(never);
            assertEquals(new Text(0, "a", List.of()), reader.next(LONG));
        }
    }

    /** The reader of a flow that has text and is kept. */
    private static Reader announced(CompletableFuture<?> announced) {
        Flow flow = new Flow(100, () -> { }, () -> { });
        flow.keep(new Keeping() {
            @Override
            public boolean take(int bytes) {
                return true;
            }

            @Override
            public CompletableFuture<?> announced() {
                return announced;
            }
        });
        Reader reader = flow.readFrom(new Seen(1));
        assertTrue(flow.text(0, "a", List.of(), null, 0));
        return reader;
    }

    @Test
    void reasoningGoesInItsPlaceAndCountsTowardsTheBuffer() throws InterruptedException {
        Flow flow = new Flow(8, () -> { }, () -> { });
        assertTrue(flow.reasoning(0, "hmm"));
        assertTrue(flow.text(0, "ab", List.of(), null, 0));
        assertTrue(flow.reasoning(1, "so"));
        assertFalse(flow.reasoning(1, "xx"), "8 characters are the most");

        assertEquals(new FlowEvent.Reasoning(0, "hmm"), flow.next(NOW));
        assertEquals(new Text(0, "ab", List.of()), flow.next(NOW));
        assertTrue(flow.reasoning(1, "abcdef"), "what was read makes room");
        assertEquals(new FlowEvent.Reasoning(1, "so"), flow.next(NOW));
        assertEquals(new FlowEvent.Reasoning(1, "abcdef"), flow.next(NOW));
    }

    @Test
    void whoComesBackGetsTheRestOfTheReasoning() {
        Unseen some = new Unseen(Seen.of("3r0,2").orElseThrow());
        assertNull(some.of(new FlowEvent.Reasoning(0, "hm")));
        assertEquals(new FlowEvent.Reasoning(0, "so"), some.of(new FlowEvent.Reasoning(0, ",so")));
        assertEquals(new FlowEvent.Reasoning(1, "all"), some.of(new FlowEvent.Reasoning(1, "all")), "its text says nothing of what went before");
        assertNull(some.of(new Text(1, "ab", List.of())));
    }

    @Test
    void logProbabilitiesCountTowardsTheBuffer() throws InterruptedException {
        Flow flow = new Flow(16, () -> { }, () -> { });
        TokenLogprob other = new TokenLogprob(new byte[1], -1, List.of());
        List<TokenLogprob> two = List.of(new TokenLogprob(new byte[1], 0, List.of(other)));
        for (int i = 0; i < 3; i++) {
            assertTrue(flow.text(0, "a", two, null, 0));
        }
        assertFalse(flow.text(0, "a", two, null, 0), "4 are the most that wait, and what comes with them");
        assertEquals(3, ((Text) flow.next(NOW)).logprobs().size());
        assertTrue(flow.text(0, "a", two, null, 0), "what was read makes room");
    }

    @Test
    void joinsWhatTheReaderHasNotTaken() throws InterruptedException {
        flow.text(0, "ab", List.of(), null, 0);
        flow.text(0, "cd", List.of(), null, 0);
        assertEquals(new Text(0, "abcd", List.of()), flow.next(NOW));
    }

    @Test
    void keepsTheOrderOfChoicesAndEvents() throws InterruptedException {
        flow.text(0, "a", List.of(), null, 0);
        flow.text(1, "b", List.of(), null, 0);
        flow.choiceDone(1, FinishReason.STOP);
        flow.text(0, "c", List.of(), null, 0);
        flow.end(new Usage(1, 2, 0));
        assertEquals(new Text(0, "a", List.of()), flow.next(NOW));
        assertEquals(new Text(1, "b", List.of()), flow.next(NOW));
        assertEquals(new ChoiceDone(1, FinishReason.STOP), flow.next(NOW));
        assertEquals(new Text(0, "c", List.of()), flow.next(NOW));
        assertInstanceOf(End.class, flow.next(NOW));
        assertNull(flow.next(LONG), "an ended flow doesn't make its reader wait");
    }

    @Test
    void refusesMoreThanItsBufferHoldsUntilTheReaderTakesSome() throws InterruptedException {
        assertTrue(flow.text(0, "0123456789", List.of(), null, 0));
        assertFalse(flow.text(0, "x", List.of(), null, 0));
        flow.next(NOW);
        assertTrue(flow.text(0, "x", List.of(), null, 0));
    }

    @Test
    void tellsOfACancelOnceAndDropsWhatNobodyReads() throws InterruptedException {
        flow.text(0, "unread", List.of(), null, 0);
        flow.cancel();
        flow.cancel();
        assertEquals(1, cancels.get());
        assertFalse(flow.text(0, "more", List.of(), null, 0));
        assertNull(flow.next(NOW));
    }

    @Test
    void closingAfterTheEndCancelsNothing() {
        flow.end(new Usage(1, 1, 0));
        flow.close();
        flow.close();
        assertEquals(0, cancels.get());
        assertEquals(1, closes.get());
    }

    @Test
    void closingBeforeTheEndCancels() {
        flow.close();
        assertEquals(1, cancels.get());
        assertEquals(1, closes.get());
    }

    @Test
    void wakesAReaderThatWaits() throws InterruptedException {
        Thread writer = Thread.ofVirtual().start(() -> flow.text(0, "late", List.of(), null, 0));
        assertEquals(new Text(0, "late", List.of()), flow.next(LONG));
        writer.join();
    }

    @Test
    void answersNullWhenNothingComesInTime() throws InterruptedException {
        assertNull(flow.next(Duration.ofMillis(5)));
    }

    @Test
    void losesNothingBetweenAWriterAndAReader() throws InterruptedException {
        Flow wide = new Flow(1 << 20, () -> { }, () -> { });
        int pieces = 20_000;
        Thread writer = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < pieces; i++) {
                wide.text(0, i + ",", List.of(), null, 0);
            }
            wide.end(new Usage(0, 0, 0));
        });
        StringBuilder read = new StringBuilder();
        for (FlowEvent event = wide.next(LONG); !(event instanceof End); event = wide.next(LONG)) {
            read.append(((Text) event).text());
        }
        writer.join();
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < pieces; i++) {
            expected.append(i).append(',');
        }
        assertEquals(expected.toString(), read.toString());
    }
}
