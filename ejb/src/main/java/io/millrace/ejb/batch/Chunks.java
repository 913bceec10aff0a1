package io.millrace.ejb.batch;

import io.millrace.connector.engine.SlotWork;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.Lanes;
import java.util.Comparator;
import java.util.List;

/**
 * Which chunks of prompts a step computes beside the answers: lane P0's first, then those of the lane that is furthest
 * behind its share, within a lane in the order in which they joined; and no more than readers should have to wait for. Where
 * answers are apart, P0's have their steps for themselves.
 * Pure.
 */
final class Chunks {

    /** A prompt goes on by so many tokens in each step, however little time there is. */
    private static final int LEAST_CHUNK = 4;

    /** A prompt that takes this many times the time between two tokens holds answers up again and again. */
    private static final int LONG = 4;

    /** A step without answers may take this many times as long: whoever comes meanwhile waits for it. */
    private static final int WITHOUT_ANSWERS = 2;

    /** Some steps take longer than was learnt: they are planned for this part of the time between two tokens that is aimed at. */
    static final double MARGIN = 0.75;

    private final BatchSettings settings;
    private final StepCost cost;
    private final Slots slots;
    private final Lanes<Sequence> lanes;
    private final StandBack standBack;
    private final StepLoad answers;
    private final boolean apart;
    private StepLoad load;
    private int found;

    /**
     * @param answers that are written on
     * @param apart   in a step of their own
     */
    Chunks(BatchSettings settings, StepCost cost, Slots slots, Lanes<Sequence> lanes, StandBack standBack, StepLoad answers, boolean apart) {
        this.answers = answers;
        this.apart = apart;
        this.load = apart ? StepLoad.NONE : answers;
        this.settings = settings;
        this.cost = cost;
        this.slots = slots;
        this.lanes = lanes;
        this.standBack = standBack;
    }

    /** All that the step computes, once it is planned. */
    StepLoad load() {
        return load;
    }

    /** Tokens that need not be computed because other slots hold them. */
    int found() {
        return found;
    }

    /** Adds the chunks of the next step to {@code work}. */
    void plan(List<Sequence> running, List<SlotWork> work) {
        List<Sequence> prompts = running.stream().filter(each -> !each.decoding())
                .sorted(Comparator.comparingDouble(each -> lanes.turn(each.lane()))).toList();
        double end = end(1);
        double endForLong = end(MARGIN);
        boolean critical = prompts.stream().anyMatch(each -> each.lane() == Lane.P0 && each.awaited() == null);
        for (int i = 0; i < prompts.size(); i++) {
            Sequence each = prompts.get(i);
            boolean waits = each.awaited() != null || apart && critical && each.lane() != Lane.P0;
            if (!waits && !follows(each, prompts, i)) {
                if (each.cached() == 0) {
                    slots.share(each, work);
                    found += each.cached();
                }
                add(each, isLong(each) ? endForLong : end, work);
            }
        }
    }

    private void add(Sequence each, double end, List<SlotWork> work) {
        int room = settings.stepTokens() - load.decodes() - load.prefills();
        int limit = Math.min(Math.min(room, settings.chunk()), each.uncached());
        int wanted = each.lane() == Lane.P0 ? limit : Math.min(limit, timeFor(each, end));
        int chunk = settings.mixed() ? wanted : inTiles(load.prefills(), wanted, limit);
        if (chunk > 0 && !standBack.holds(each)) {
            each.plan(chunk);
            work.add(new SlotWork.Prefill(each.slot(), each.uncached(chunk), chunk == each.uncached()));
            load = load.withPrefill(each.cached(), chunk);
        }
    }

    /**
     * A chunk of about this size with which the step's prompt tokens fill whole tiles, if it can be had; and none that would leave
     * next to nothing of its prompt.
     *
     * @param before prompt tokens that the step has already
     * @param limit  most of them that there may be
     */
    static int inTiles(int before, int chunk, int limit) {
        int over = (before + chunk) % StepLoad.TILE;
        int down = chunk - over;
        int up = down + StepLoad.TILE;
        if (chunk <= 0 || chunk == limit || over == 0) {
            return chunk;
        }
        if (up <= limit && over > StepLoad.TILE / 2) {
            return up;
        }
        if (down >= LEAST_CHUNK) {
            return down;
        }
        return limit - chunk < LEAST_CHUNK ? limit : chunk;
    }

    private boolean isLong(Sequence prompt) {
        return cost.known() && cost.prefillNanos(prompt.cached(), prompt.length()) > LONG * settings.tokenTarget().toNanos();
    }

    /**
     * How long the step may take, nanoseconds; with the answers' own before it where these are apart.
     *
     * @param part of {@code batch.stall} that is planned for
     */
    private double end(double part) {
        double target = settings.tokenTarget().toNanos();
        if (settings.stall() == 0) {
            return Double.POSITIVE_INFINITY;
        }
        if (answers.decodes() == 0) {
            return WITHOUT_ANSWERS * target;
        }
        double spent = apart ? cost.nanos(answers) : 0;
        return Math.max(MARGIN * target, part * settings.stall() * cost.nanos(answers)) - spent;
    }

    /** How many more tokens of a prompt are computed by then; a tile where nothing is known and answers wait for it. */
    private int timeFor(Sequence prompt, double end) {
        if (end == Double.POSITIVE_INFINITY) {
            return Integer.MAX_VALUE;
        }
        if (!cost.known()) {
            return answers.decodes() == 0 ? Integer.MAX_VALUE : Math.max(0, StepLoad.TILE - load.prefills());
        }
        double tokens = cost.prefillsIn(end, load, prompt.cached());
        return (int) Math.clamp(tokens, Math.max(0, LEAST_CHUNK - load.prefills()), Integer.MAX_VALUE);
    }

    /**
     * Whether a prompt waits until it can share what another one is having computed: one that has begun, or whose turn comes
     * before. One of lane P0 waits for nobody else's.
     */
    private boolean follows(Sequence sequence, List<Sequence> prompts, int place) {
        if (sequence.cached() > 0) {
            return false;
        }
        int there = slots.findable(sequence);
        for (int i = 0; i < prompts.size(); i++) {
            Sequence other = prompts.get(i);
            boolean before = i < place || other.cached() > 0 && (sequence.lane() != Lane.P0 || other.lane() == Lane.P0);
            if (i != place && before && other.awaited() == null && !standBack.holds(other) && other.brings(sequence, there)) {
                return true;
            }
        }
        return false;
    }
}
