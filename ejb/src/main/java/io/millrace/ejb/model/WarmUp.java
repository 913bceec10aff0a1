package io.millrace.ejb.model;

import io.millrace.connector.engine.Sampling;
import io.millrace.ejb.batch.BatchLoop;
import io.millrace.ejb.batch.Sequence;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.lane.Lane;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;

/**
 * Sends a few short generations through a fresh engine before anybody may use it, so that the first user doesn't pay
 * for class loading, compilation and page faults. Bounded in tokens and in time; leaves no audit record.
 */
final class WarmUp {

    private static final Logger LOG = Logger.getLogger(WarmUp.class.getName());
    private static final int CHOICES = 8;
    private static final int TOKENS = 48;
    private static final int BUFFER_CHARS = 1 << 20;
    private static final long MOST_SECONDS = 5;
    private static final Origin ORIGIN = new Origin("warm-up", "warm-up");

    private WarmUp() {}

    static void run(BatchLoop loop) {
        int[] prompt = loop.tokenizer().encode("Hello", true, false);
        int choices = Math.min(CHOICES, loop.slots());
        if (prompt.length == 0 || prompt.length + TOKENS > loop.model().slotTokens()) {
            return;
        }
        CountDownLatch done = new CountDownLatch(1);
        Answer answer = new Answer("warm-up", prompt.length, choices, TOKENS, List.of(), loop.tokenizer(),
                new Flow(BUFFER_CHARS, () -> { }, () -> { }), _ -> done.countDown());
        List<Sequence> sequences = IntStream.range(0, choices)
                .mapToObj(choice -> new Sequence(answer, choice, Lane.P0, ORIGIN, Sampling.GREEDY, prompt, TOKENS))
                .toList();
        if (loop.offer(Lane.P0, sequences, Long.MAX_VALUE)) {
            await(loop, answer, done);
        }
    }

    private static void await(BatchLoop loop, Answer answer, CountDownLatch done) {
        try {
            if (!done.await(MOST_SECONDS, TimeUnit.SECONDS)) {
                LOG.log(Level.INFO, "The engine is slow; its warm-up was cut short after {0} s", MOST_SECONDS);
                loop.cancel(answer);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            loop.cancel(answer);
        }
    }
}
