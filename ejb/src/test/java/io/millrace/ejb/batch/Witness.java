package io.millrace.ejb.batch;

import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Counts what happens in one schedule, from its plans, its results and who was where before. */
final class Witness {

    private final Map<Happening, Integer> counts;
    private final Set<SlotId> open = new HashSet<>();
    /** Slots that nobody had when the batcher had nothing to tell the engine: these are kept ones. */
    private final Set<SlotId> kept = new HashSet<>();
    /** Sequences that were displaced though the engine lives. */
    private final Set<Sequence> displaced = new HashSet<>();
    private Map<Sequence, SlotId> placed = Map.of();

    /** @param counts of all schedules; added to */
    Witness(Map<Happening, Integer> counts) {
        this.counts = counts;
    }

    void saw(Happening what, long times) {
        counts.merge(what, (int) times, Integer::sum);
    }

    /** Before anything is decided in a turn. */
    void turn(boolean settled, Map<Sequence, SlotId> nowPlaced) {
        look(nowPlaced);
        kept.clear();
        if (settled) {
            kept.addAll(open);
            kept.removeAll(nowPlaced.values());
        }
    }

    void admitted(Map<Sequence, SlotId> pausedBefore, Collection<Sequence> waiting) {
        pausedBefore.forEach((sequence, slot) -> saw(Happening.RESUME, slot.equals(sequence.slot())
                && !waiting.contains(sequence) && sequence.answer().outcome() == null ? 1 : 0));
    }

    void planned(StepPlan plan, Map<Sequence, SlotId> nowPlaced) {
        Set<SlotId> restored = new HashSet<>();
        for (SlotWork item : plan.work()) {
            switch (item) {
                case SlotWork.Open _ -> open.add(item.slot());
                case SlotWork.Release _ -> {
                    open.remove(item.slot());
                    saw(Happening.EVICTION, kept.remove(item.slot()) ? 1 : 0);
                }
                case SlotWork.Fork _ -> saw(Happening.FORK, 1);
                case SlotWork.Trim _ -> saw(Happening.TRIM, 1);
                case SlotWork.Save _ -> saw(Happening.SAVE, 1);
                case SlotWork.Restore _ -> {
                    saw(Happening.RESTORE, 1);
                    restored.add(item.slot());
                }
                default -> { }
            }
        }
        look(nowPlaced);
        nowPlaced.forEach((sequence, slot) -> saw(Happening.RECOMPUTE,
                displaced.remove(sequence) && !restored.contains(slot) ? 1 : 0));
    }

    void brought(StepResult result) {
        saw(Happening.CACHE_FULL, result instanceof StepResult.KvCacheFull ? 1 : 0);
        saw(Happening.ABORTED, result instanceof StepResult.Aborted ? 1 : 0);
        for (SlotOutcome outcome : result.outcomes()) {
            if (outcome instanceof SlotOutcome.Failed failed) {
                saw(kind(failed.code()), 1);
            }
        }
    }

    private static Happening kind(Code code) {
        return switch (code) {
            case OUT_OF_MEMORY -> Happening.SAVE_FAILED;
            case SNAPSHOT -> Happening.RESTORE_FAILED;
            case MODEL_UNSUPPORTED -> Happening.FORK_FAILED;
            default -> Happening.SLOT_FAILED;
        };
    }

    void engineReplaced() {
        saw(Happening.ENGINE_REPLACED, 1);
        engineChanged();
    }

    void engineChanged() {
        open.clear();
        kept.clear();
        displaced.clear();
        placed = Map.of();
    }

    private void look(Map<Sequence, SlotId> nowPlaced) {
        placed.keySet().stream().filter(each -> !nowPlaced.containsKey(each) && each.answer().outcome() == null)
                .forEach(displaced::add);
        placed = nowPlaced;
    }
}
