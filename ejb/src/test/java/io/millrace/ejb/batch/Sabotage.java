package io.millrace.ejb.batch;

import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.KvState;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.lane.Lanes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/** What can be wrong with a batcher or its lanes, each in its plainest form: once in a few occasions, what seldom has one always. */
enum Sabotage {

    DECODE_DROPPED(rewriting(work -> {
        work.remove(oneOf(work, SlotWork.Decode.class));
    })),
    DECODES_SWAPPED(rewriting(work -> {
        List<SlotWork.Decode> decodes = all(work, SlotWork.Decode.class);
        if (decodes.size() > 1) {
            SlotWork.Decode one = decodes.getFirst();
            SlotWork.Decode other = decodes.getLast();
            work.set(work.indexOf(one), new SlotWork.Decode(one.slot(), other.token()));
            work.set(work.lastIndexOf(other), new SlotWork.Decode(other.slot(), one.token()));
        }
    })),
    /** Two answers get each other's next token. */
    OUTCOMES_SWAPPED(seed -> new Occasional(seed) {
        @Override
        StepResult result(StepResult result) {
            List<SlotOutcome.Sampled> sampled = all(result.outcomes(), SlotOutcome.Sampled.class);
            if (!(result instanceof StepResult.Done done) || sampled.size() < 2 || !now()) {
                return result;
            }
            SlotOutcome.Sampled one = sampled.getFirst();
            SlotOutcome.Sampled other = sampled.getLast();
            List<SlotOutcome> outcomes = new ArrayList<>(done.outcomes());
            outcomes.set(outcomes.indexOf(one), token(one, other.token()));
            outcomes.set(outcomes.lastIndexOf(other), token(other, one.token()));
            return new StepResult.Done(outcomes, done.computeNanos());
        }
    }),
    /** The last token of a chunk of a prompt goes through the model twice. */
    PROMPT_TOKEN_TWICE(rewriting(work -> {
        SlotWork.Prefill prefill = oneOf(work, SlotWork.Prefill.class);
        if (prefill != null) {
            int[] tokens = Arrays.copyOf(prefill.tokens(), prefill.tokens().length + 1);
            tokens[tokens.length - 1] = tokens[tokens.length - 2];
            work.set(work.indexOf(prefill), new SlotWork.Prefill(prefill.slot(), tokens, prefill.last()));
        }
    })),
    /** A token that was sampled is worked in twice. */
    ANSWER_TOKEN_TWICE(seed -> new Occasional(seed) {
        @Override
        StepResult result(StepResult result) {
            List<SlotOutcome.Sampled> sampled = all(result.outcomes(), SlotOutcome.Sampled.class);
            if (!(result instanceof StepResult.Done done) || sampled.isEmpty() || !now()) {
                return result;
            }
            List<SlotOutcome> outcomes = new ArrayList<>(done.outcomes());
            outcomes.add(sampled.getFirst());
            return new StepResult.Done(outcomes, done.computeNanos());
        }
    }),
    RELEASE_LOST(rewriting(work -> {
        work.remove(oneOf(work, SlotWork.Release.class));
    })),
    RESTORE_FORGOTTEN(rewritingAll(work -> {
        work.remove(oneOf(work, SlotWork.Restore.class));
    })),
    FORK_TOO_LONG(rewritingAll(work -> {
        SlotWork.Fork fork = oneOf(work, SlotWork.Fork.class);
        if (fork != null) {
            work.set(work.indexOf(fork), new SlotWork.Fork(fork.slot(), fork.from(), fork.tokens() + 1));
        }
    })),
    /** The state that comes back lacks its last token. */
    SNAPSHOT_STALE(rewritingAll(work -> {
        SlotWork.Restore restore = oneOf(work, SlotWork.Restore.class);
        if (restore != null) {
            KvSnapshot whole = restore.snapshot();
            KvState state = new KvState(whole.state().bytes() - Integer.BYTES);
            state.segment().copyFrom(whole.state().segment().asSlice(0, state.bytes()));
            work.set(work.indexOf(restore), new SlotWork.Restore(restore.slot(), new KvSnapshot(whole.model(), whole.tokens() - 1, state)));
        }
    })),
    TRIM_FORGOTTEN(rewritingAll(work -> {
        work.remove(oneOf(work, SlotWork.Trim.class));
    })),
    SAID_FORGOTTEN(rewriting(work -> {
        work.replaceAll(item -> item instanceof SlotWork.Open open
                ? new SlotWork.Open(open.slot(), open.sampling()) : item);
    })),
    /** Who was put back into a lane is not there. */
    PUT_BACK_LOST(seed -> new Occasional(seed) {
        @Override
        void after(Lanes<Sequence> lanes, List<Sequence> running) {
            if (now()) {
                lanes.removeIf(each -> each.slot() != null || each.said().length > 0);
            }
        }
    }),
    /** Who runs also waits. */
    SERVED_TWICE(seed -> new Occasional(seed) {
        @Override
        void after(Lanes<Sequence> lanes, List<Sequence> running) {
            if (!running.isEmpty() && now()) {
                lanes.putBack(running.getFirst());
            }
        }
    }),
    /** Who runs was not charged for it. */
    CHARGE_LOST(seed -> new Occasional(seed) {
        @Override
        void after(Lanes<Sequence> lanes, List<Sequence> running) {
            if (!running.isEmpty() && now()) {
                lanes.ended(running.getFirst());
            }
        }
    }),
    OFFERED_TWICE(seed -> new Occasional(seed) {
        @Override
        boolean offer(Lanes<Sequence> lanes, Lane lane, List<Sequence> items, long nowNanos, long deadlineNanos) {
            boolean taken = super.offer(lanes, lane, items, nowNanos, deadlineNanos);
            if (taken && now()) {
                super.offer(lanes, lane, items, nowNanos, deadlineNanos);
            }
            return taken;
        }
    }),
    ITEMS_UNBOUNDED(_ -> new Saboteur() {
        @Override
        LaneBounds bounds(LaneBounds bounds) {
            return new LaneBounds(bounds.items() + 1, bounds.work(), bounds.weight());
        }
    }),
    WORK_UNBOUNDED(_ -> new Saboteur() {
        @Override
        LaneBounds bounds(LaneBounds bounds) {
            return new LaneBounds(bounds.items(), Long.MAX_VALUE, bounds.weight());
        }
    }),
    DEADLINE_IGNORED(_ -> new Saboteur() {
        @Override
        boolean offer(Lanes<Sequence> lanes, Lane lane, List<Sequence> items, long nowNanos, long deadlineNanos) {
            return super.offer(lanes, lane, items, nowNanos, Long.MAX_VALUE);
        }
    });

    private final LongFunction<Saboteur> maker;

    Sabotage(LongFunction<Saboteur> maker) {
        this.maker = maker;
    }

    Saboteur saboteur(long seed) {
        return maker.apply(seed);
    }

    private abstract static class Occasional extends Saboteur {
        private static final int ONCE_IN = 10;
        private final SplittableRandom random;

        Occasional(long seed) {
            random = new SplittableRandom(~seed);
        }

        boolean now() {
            return random.nextInt(ONCE_IN) == 0;
        }
    }

    /** Changes a plan's work once in a few occasions. */
    private static LongFunction<Saboteur> rewriting(Consumer<List<SlotWork>> change) {
        return seed -> new Occasional(seed) {
            @Override
            StepPlan plan(StepPlan plan) {
                List<SlotWork> work = new ArrayList<>(plan.work());
                if (now()) {
                    change.accept(work);
                }
                return new StepPlan(work);
            }
        };
    }

    /** Changes every plan's work. */
    private static LongFunction<Saboteur> rewritingAll(Consumer<List<SlotWork>> change) {
        return _ -> new Saboteur() {
            @Override
            StepPlan plan(StepPlan plan) {
                List<SlotWork> work = new ArrayList<>(plan.work());
                change.accept(work);
                return new StepPlan(work);
            }
        };
    }

    private static <T> List<T> all(List<? super T> items, Class<T> kind) {
        return items.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static <T> T oneOf(List<? super T> items, Class<T> kind) {
        List<T> all = all(items, kind);
        return all.isEmpty() ? null : all.getLast();
    }

    private static SlotOutcome.Sampled token(SlotOutcome.Sampled sampled, int token) {
        return new SlotOutcome.Sampled(sampled.slot(), token, sampled.logprob(), sampled.top());
    }
}
