package io.millrace.tests.bench;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Streams that are driven straight on the adapter, in a loop with nothing else in it: the most that the engine gives. */
public final class DirectLoad {

    private DirectLoad() {}

    /** An engine for so many streams, as the server opens it by default. */
    public static EngineSpec spec(Path model, int streams) {
        return new EngineSpec(EngineSpec.Kind.LLAMA, Path.of(System.getProperty("millrace.natives")), model, 0, streams, 512, 0,
                EngineSpec.KvType.F16, true, EngineSpec.Toggle.AUTO, -1);
    }

    /** Generates {@code tokens} tokens for each prompt, all in one batch. */
    public static Run run(EngineConnection engine, List<int[]> prompts, int tokens) throws EngineException {
        int[] last = new int[prompts.size()];
        long[] first = new long[prompts.size()];
        long start = System.nanoTime();
        prefill(engine, prompts, last, first);
        for (int step = 1; step < tokens; step++) {
            List<SlotWork> work = new ArrayList<>(last.length);
            for (int slot = 0; slot < last.length; slot++) {
                work.add(new SlotWork.Decode(new SlotId(slot), last[slot]));
            }
            take(engine.step(new StepPlan(work)), last, first);
        }
        long end = System.nanoTime();
        release(engine, prompts.size());
        return Run.of(tokens * prompts.size(), start, end, first);
    }

    private static void prefill(EngineConnection engine, List<int[]> prompts, int[] last, long[] first)
            throws EngineException {
        List<SlotWork> work = new ArrayList<>();
        int budget = engine.model().maxStepTokens();
        for (int slot = 0; slot < prompts.size(); slot++) {
            if (prompts.get(slot).length > budget) {
                take(engine.step(new StepPlan(work)), last, first);
                work.clear();
                budget = engine.model().maxStepTokens();
            }
            budget -= prompts.get(slot).length;
            work.add(new SlotWork.Open(new SlotId(slot), Sampling.GREEDY));
            work.add(new SlotWork.Prefill(new SlotId(slot), prompts.get(slot), true));
        }
        take(engine.step(new StepPlan(work)), last, first);
    }

    private static void take(StepResult result, int[] last, long[] first) {
        long now = System.nanoTime();
        for (SlotOutcome outcome : result.outcomes()) {
            if (!(outcome instanceof SlotOutcome.Sampled sampled)) {
                throw new IllegalStateException("the engine answered " + outcome);
            }
            int slot = sampled.slot().index();
            last[slot] = sampled.token();
            first[slot] = first[slot] == 0 ? now : first[slot];
        }
    }

    private static void release(EngineConnection engine, int slots) throws EngineException {
        List<SlotWork> work = new ArrayList<>();
        for (int slot = 0; slot < slots; slot++) {
            work.add(new SlotWork.Release(new SlotId(slot)));
        }
        engine.step(new StepPlan(work));
    }
}
