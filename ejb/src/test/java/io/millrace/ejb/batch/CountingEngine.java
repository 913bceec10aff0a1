package io.millrace.ejb.batch;

import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.KvState;
import io.millrace.connector.engine.ModelInfo;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import java.util.ArrayList;
import java.util.List;

/** An engine that computes nothing: it knows how many tokens it was given and what they would have cost. */
final class CountingEngine {

    private static final int TOKEN = 'a';

    /** What a step takes, milliseconds. */
    record Cost(String name, double base, double decode, double prefill) {

        /** A processor with a small model. */
        static final Cost CPU = new Cost("CPU", 20, 9, 7);
        static final Cost GPU = new Cost("GPU", 8, 0.12, 0.05);

        double step(int decodes, int prefills) {
            return base + decode * decodes + prefill * prefills;
        }
    }

    private final Cost cost;
    private final ModelInfo model;
    private final int[] lengths;
    long decoded;
    long prefilled;
    double busyMs;
    double longestMs;

    CountingEngine(Cost cost, int slots, int contextTokens, int stepTokens) {
        this.cost = cost;
        lengths = new int[slots];
        model = new ModelInfo("counting", "counting", "none", 0, 0, 256, contextTokens, contextTokens, contextTokens, slots,
                stepTokens, false, "simulation", false);
    }

    ModelInfo model() {
        return model;
    }

    /** What the plan takes, milliseconds. */
    double takes(StepPlan plan) {
        int decodes = (int) plan.work().stream().filter(SlotWork.Decode.class::isInstance).count();
        return plan.tokens() == 0 ? 0 : cost.step(decodes, plan.tokens() - decodes);
    }

    /** A step that is cut short after so many milliseconds. */
    StepResult cutShort(StepPlan plan, double ms) {
        StepPlan rest = new StepPlan(plan.work().stream().filter(item -> !(item instanceof SlotWork.Prefill || item instanceof SlotWork.Decode)).toList());
        busyMs += ms;
        return new StepResult.Aborted(step(rest).outcomes());
    }

    StepResult step(StepPlan plan) {
        double ms = takes(plan);
        busyMs += ms;
        longestMs = Math.max(longestMs, ms);
        List<SlotOutcome> outcomes = new ArrayList<>();
        for (SlotWork item : plan.work()) {
            int slot = item.slot().index();
            switch (item) {
                case SlotWork.Open _, SlotWork.Release _ -> lengths[slot] = 0;
                case SlotWork.Fork fork -> lengths[slot] = fork.tokens();
                case SlotWork.Restore restore -> lengths[slot] = restore.snapshot().tokens();
                case SlotWork.Trim trim -> lengths[slot] = trim.tokens();
                case SlotWork.Save save ->
                        outcomes.add(new SlotOutcome.Saved(save.slot(), new KvSnapshot(model.name(), lengths[slot], new KvState(0))));
                case SlotWork.Prefill prefill -> {
                    lengths[slot] += prefill.tokens().length;
                    prefilled += prefill.tokens().length;
                    outcomes.add(prefill.last() ? sampled(item) : new SlotOutcome.Prefilled(prefill.slot(), prefill.tokens().length));
                }
                case SlotWork.Decode _ -> {
                    lengths[slot]++;
                    decoded++;
                    outcomes.add(sampled(item));
                }
            }
        }
        return new StepResult.Done(outcomes, (long) (ms * 1e6));
    }

    private static SlotOutcome sampled(SlotWork item) {
        return new SlotOutcome.Sampled(item.slot(), TOKEN, Float.NaN, List.of());
    }
}
