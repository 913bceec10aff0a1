package io.millrace.connector.llama;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import java.util.List;
import java.util.Map;

/** Short words for what tests make an engine do. */
record Player(EngineConnection engine) {

    List<SlotOutcome> step(SlotWork... work) throws EngineException {
        return assertInstanceOf(StepResult.Done.class, result(work)).outcomes();
    }

    StepResult result(SlotWork... work) throws EngineException {
        return engine.step(new StepPlan(List.of(work)));
    }

    void open(int slot) throws EngineException {
        open(slot, Sampling.GREEDY);
    }

    void open(int slot, Sampling sampling) throws EngineException {
        step(new SlotWork.Open(new SlotId(slot), sampling));
    }

    void release(int slot) throws EngineException {
        step(new SlotWork.Release(new SlotId(slot)));
    }

    int prefill(int slot, int... tokens) throws EngineException {
        return token(step(new SlotWork.Prefill(new SlotId(slot), tokens, true)));
    }

    void prefillOnly(int slot, int... tokens) throws EngineException {
        step(new SlotWork.Prefill(new SlotId(slot), tokens, false));
    }

    int decode(int slot, int token) throws EngineException {
        return token(step(new SlotWork.Decode(new SlotId(slot), token)));
    }

    /** The tokens that follow {@code first}, which was sampled but not yet decoded; {@code first} comes first. */
    int[] follow(int slot, int first, int count) throws EngineException {
        int[] tokens = new int[count];
        tokens[0] = first;
        for (int i = 1; i < count; i++) {
            tokens[i] = decode(slot, tokens[i - 1]);
        }
        return tokens;
    }

    /** A whole generation in a slot that is open for just that long. */
    int[] generate(int slot, Sampling sampling, int[] prompt, int count) throws EngineException {
        open(slot, sampling);
        int[] tokens = follow(slot, prefill(slot, prompt), count);
        release(slot);
        return tokens;
    }

    KvSnapshot save(int slot) throws EngineException {
        return assertInstanceOf(SlotOutcome.Saved.class, step(new SlotWork.Save(new SlotId(slot))).getFirst())
                .snapshot();
    }

    static int token(List<SlotOutcome> outcomes) {
        return assertInstanceOf(SlotOutcome.Sampled.class, outcomes.getFirst()).token();
    }

    static SlotWork.Prefill prefillWork(int slot, boolean last, int... tokens) {
        return new SlotWork.Prefill(new SlotId(slot), tokens, last);
    }

    static SlotWork.Decode decodeWork(int slot, int token) {
        return new SlotWork.Decode(new SlotId(slot), token);
    }

    static Sampling withGrammar(String grammar) {
        return new Sampling(0, 0, 1, 0, 1, 0, 0, 0, Map.of(), grammar, -1);
    }

    static Sampling warm(float temperature, long seed) {
        return new Sampling(temperature, 40, 0.95f, 0.05f, 1, 0, 0, seed, Map.of(), null, -1);
    }
}
