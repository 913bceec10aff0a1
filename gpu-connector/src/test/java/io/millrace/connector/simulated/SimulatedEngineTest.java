package io.millrace.connector.simulated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome.Sampled;
import io.millrace.connector.engine.SlotOutcome.Saved;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SimulatedEngineTest {

    private static final SlotId ZERO = new SlotId(0);
    private static final SlotId ONE = new SlotId(1);
    private static final int[] PROMPT = {7, 8, 9};
    private static final Sampling WARM = sampling(0.8f, 5, null);

    private final SimulatedEngine engine = new SimulatedEngine(2, 1_000, 100, Faults.none());

    private static Sampling sampling(float temperature, long seed, String grammar) {
        return new Sampling(temperature, 0, 1, 0, 1, 0, 0, seed, Map.of(), grammar, -1);
    }

    private List<SlotOutcome> step(SlotWork... work) throws EngineException {
        return engine.step(new StepPlan(List.of(work))).outcomes();
    }

    private static int token(List<SlotOutcome> outcomes) {
        return assertInstanceOf(Sampled.class, outcomes.getLast()).token();
    }

    private int[] follow(SlotId slot, int first, int count) throws EngineException {
        int[] tokens = new int[count];
        tokens[0] = first;
        for (int i = 1; i < count; i++) {
            tokens[i] = token(step(new SlotWork.Decode(slot, tokens[i - 1])));
        }
        return tokens;
    }

    private static int[] concat(int[] first, int[] second) {
        return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
    }

    /** A prompt whose answer is of some length. */
    private static int[] answer(Sampling sampling) {
        int[] answer = SimulatedEngine.answer(PROMPT, sampling, 20);
        assertTrue(answer.length > 5, "choose another prompt");
        return answer;
    }

    @Test void saysWhatItIsExpectedTo() throws EngineException {
        for (Sampling sampling : List.of(Sampling.GREEDY, WARM, sampling(0, 5, "root ::= [a-z]*"))) {
            int[] expected = answer(sampling);
            int first = token(step(new SlotWork.Open(ZERO, sampling), new SlotWork.Prefill(ZERO, PROMPT, true)));
            assertArrayEquals(expected, follow(ZERO, first, expected.length));
            step(new SlotWork.Release(ZERO));
        }
    }

    @Test void theSeedCountsOnlyWhereSomethingIsDrawn() {
        assertEquals(SimulatedEngine.next(PROMPT), SimulatedEngine.next(PROMPT, sampling(0, 99, null), 4));
        assertFalse(Arrays.equals(answer(WARM), SimulatedEngine.answer(PROMPT, sampling(0.8f, 6, null), 20)));
        assertFalse(Arrays.equals(answer(WARM), SimulatedEngine.answer(PROMPT, Sampling.GREEDY, 20)));
    }

    @Test void anInterruptedAnswerGoesOnHoweverItsTokensComeBack() throws EngineException {
        int[] expected = answer(WARM);
        int[] said = Arrays.copyOf(expected, 4);
        int[] all = concat(PROMPT, said);
        int[] rest = Arrays.copyOfRange(expected, 4, expected.length);
        SlotWork.Open open = new SlotWork.Open(ONE, WARM, said);
        SlotWork.Decode last = new SlotWork.Decode(ONE, said[3]);
        step(new SlotWork.Open(ZERO, Sampling.GREEDY), new SlotWork.Prefill(ZERO, all, false));

        assertArrayEquals(rest, follow(ONE, token(step(open, new SlotWork.Prefill(ONE, all, true))), rest.length));
        step(new SlotWork.Release(ONE));
        assertArrayEquals(rest,
                follow(ONE, token(step(open, new SlotWork.Fork(ONE, ZERO, all.length - 1), last)), rest.length));
        step(new SlotWork.Release(ONE), new SlotWork.Trim(ZERO, all.length - 1));
        KvSnapshot snapshot = assertInstanceOf(Saved.class, step(new SlotWork.Save(ZERO)).getFirst()).snapshot();
        assertArrayEquals(rest, follow(ONE, token(step(open, new SlotWork.Restore(ONE, snapshot), last)), rest.length));
        snapshot.close();
    }

    @Test void anInterruptedAnswerThatIsOpenedAsANewOneSaysSomethingElse() throws EngineException {
        int[] expected = answer(WARM);
        int[] all = concat(PROMPT, Arrays.copyOf(expected, 4));
        int first = token(step(new SlotWork.Open(ZERO, WARM), new SlotWork.Prefill(ZERO, all, true)));
        assertFalse(Arrays.equals(Arrays.copyOfRange(expected, 4, expected.length),
                follow(ZERO, first, expected.length - 4)));
    }

    @Test void refusesToGoOnFromOtherTokensThanWereSaid() throws EngineException {
        for (int[] tokens : new int[][] {PROMPT, {8}, {7, 9, 8}}) {
            assertThrows(IllegalArgumentException.class, () -> step(new SlotWork.Open(ZERO, WARM, new int[] {8, 8}),
                    new SlotWork.Prefill(ZERO, tokens, true)));
            step(new SlotWork.Release(ZERO));
        }
        step(new SlotWork.Open(ZERO, WARM, new int[] {8, 9}), new SlotWork.Prefill(ZERO, PROMPT, true));
    }
}
