package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.Sampling;
import io.millrace.connector.simulated.SimulatedEngine;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Answer.Outcome;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.FlowEvent.ChoiceDone;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.Text;
import io.millrace.ejb.lane.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** One call of a schedule and what its reader has seen. */
final class SimulatedCall {

    private static final int END = 256;

    final Answer answer;
    final List<Sequence> sequences = new ArrayList<>();
    /** Until when it must have begun. */
    final long deadline;
    private final int[] prompt;
    private final int maxTokens;
    private final Sampling sampling;
    private final StringBuilder[] texts;
    private final FinishReason[] reasons;
    private int endings;

    SimulatedCall(SplittableRandom random, int contextTokens, SimulatedEngine engine, List<SimulatedCall> before, long now) {
        deadline = random.nextInt(8) == 0 ? now + 30 : Long.MAX_VALUE;
        prompt = prompt(random, contextTokens, before);
        maxTokens = 1 + random.nextInt(contextTokens - prompt.length);
        sampling = random.nextBoolean() ? Sampling.GREEDY
                : new Sampling(1, 0, 1, 0, 1, 0, 0, random.nextLong(), Map.of(), null, -1);
        int choices = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 1;
        texts = new StringBuilder[choices];
        Arrays.setAll(texts, _ -> new StringBuilder());
        reasons = new FinishReason[choices];
        answer = new Answer("call", prompt.length, choices, maxTokens, List.of(), engine.tokenizer(),
                new Flow(1 << 20, () -> { }, () -> { }), this::ended);
        Lane lane = Lane.values()[random.nextInt(4)];
        String space = "space " + random.nextInt(2);
        Origin origin = new Origin("tenant " + random.nextInt(2), space, conversation(random, space));
        for (int choice = 0; choice < choices; choice++) {
            sequences.add(new Sequence(answer, choice, lane, origin, sampling, prompt, maxTokens));
        }
    }

    /** One of a few of a space, or none. */
    static String conversation(SplittableRandom random, String space) {
        return random.nextInt(3) == 0 ? null : space + ", talk " + random.nextInt(3);
    }

    /** Fresh, or beginning as one that came before, perhaps with what was answered. */
    private static int[] prompt(SplittableRandom random, int contextTokens, List<SimulatedCall> before) {
        int[] fresh = random.ints(1 + random.nextInt(contextTokens / 2), ' ', '~').toArray();
        if (before.isEmpty() || random.nextBoolean()) {
            return fresh;
        }
        SimulatedCall other = before.get(random.nextInt(before.size()));
        int[] told = IntStream.concat(IntStream.of(other.prompt), other.texts[0].chars()).toArray();
        int shared = Math.min(fresh.length, random.nextInt(told.length + 1));
        System.arraycopy(told, 0, fresh, 0, shared);
        return fresh;
    }

    private void ended(Answer answer) {
        endings++;
        answer.finish();
    }

    /** Sequences that somebody still waits for. */
    List<Sequence> live() {
        if (answer.outcome() != null) {
            return List.of();
        }
        return sequences.size() == 1 ? sequences : sequences.stream().filter(each -> reasons[each.choice()] == null).toList();
    }

    /** It has ended and nothing of it is in any slot. */
    boolean isOver() {
        return answer.outcome() != null && sequences.stream().allMatch(each -> each.slot() == null);
    }

    void read() throws InterruptedException {
        for (FlowEvent event = answer.flow().next(Duration.ZERO); event != null; event = answer.flow().next(Duration.ZERO)) {
            switch (event) {
                case Text text -> texts[text.choice()].append(text.text());
                case FlowEvent.Reasoning more -> throw new AssertionError("nobody reasons here: " + more);
                case ChoiceDone done -> reasons[done.choice()] = done.reason();
                case FlowEvent.End _ -> assertEquals(Outcome.OK, answer.outcome());
                case FlowEvent.Broken _ -> assertEquals(Outcome.FAILED, answer.outcome());
            }
        }
    }

    void check() throws InterruptedException {
        assertEquals(1, endings, "a call ends once");
        read();
        int[] tokens = SimulatedEngine.answer(prompt, sampling, maxTokens);
        boolean stops = tokens[tokens.length - 1] == END;
        String alone = new String(tokens, 0, stops ? tokens.length - 1 : tokens.length);
        for (int choice = 0; choice < texts.length; choice++) {
            String text = texts[choice].toString();
            assertTrue(alone.startsWith(text), "what was read is what would have been read alone");
            if (answer.outcome() == Outcome.OK) {
                assertEquals(alone, text, "what was read is all that would have been read alone");
                assertEquals(stops ? FinishReason.STOP : FinishReason.LENGTH, reasons[choice], "why it ended");
            }
        }
    }
}
