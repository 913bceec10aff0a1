package io.millrace.ejb.batch;

import io.millrace.connector.engine.EngineSpec.KvType;
import java.time.Duration;

/**
 * How a batch is made up. Immutable; a batcher takes another one between two steps.
 *
 * @param leastBatch   answers that may be written at once however long a step takes
 * @param mostBatch    answers that may be written at once
 * @param reserved     further ones that only lane P0 may use
 * @param stepTokens   most tokens of a step
 * @param chunk        most tokens of one prompt in a step
 * @param stall        while answers are being written, a step with prompts may take this many times as long as one
 *                     without; 0: no limit
 * @param tokenTarget  how long a step should take at most, which is the time between two tokens of an answer
 * @param firstTarget  how long a request should wait for its turn at most
 * @param mostWait       how long an idle engine may wait for more requests before it begins; 0: not at all
 * @param kept         part of the KV cells that may hold prompts and answers of the past, 0 to 1
 * @param evictionBlend 0: the least recently used go first; 1: the least often used
 * @param hostBytes    memory for the KV state of paused answers
 * @param kvType       number format of the KV cache; another one costs a fresh engine, in which all is computed again
 * @param mixed         whether a step may hold answers and prompts; else they have steps of their own, by turns
 */
public record BatchSettings(int leastBatch, int mostBatch, int reserved, int stepTokens, int chunk, double stall,
                            Duration tokenTarget, Duration firstTarget, Duration mostWait, double kept, double evictionBlend, long hostBytes,
                            KvType kvType, boolean mixed) {

    public BatchSettings {
        require(leastBatch >= 1 && leastBatch <= mostBatch, "a batch of " + leastBatch + " to " + mostBatch);
        require(reserved >= 0, reserved + " reserved slots");
        require(stepTokens >= mostBatch + reserved, "a step of " + stepTokens + " tokens for " + mostBatch + " + "
                + reserved + " answers");
        require(chunk >= 1, "chunks of " + chunk + " tokens");
        require(stall == 0 || stall > 1, "a stall factor of " + stall);
        require(!mostWait.isNegative(), "a wait of " + mostWait);
        require(kept >= 0 && kept <= 1, "a part of " + kept);
        require(evictionBlend >= 0 && evictionBlend <= 1, "a blend of " + evictionBlend);
        require(hostBytes >= 0, hostBytes + " bytes");
    }

    /** For an engine of which nothing else is known: every slot but the reserved ones, and no limits of time. */
    public static BatchSettings of(int slots, int reserved, int stepTokens) {
        return new BatchSettings(1, slots - reserved, reserved, stepTokens, stepTokens, 0, Duration.ofDays(1),
                Duration.ofDays(1), Duration.ZERO, 1, 0.5, Long.MAX_VALUE, KvType.F16, true);
    }

    /** Answers that may be written at once, lane P0 included. */
    int slots() {
        return mostBatch + reserved;
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what + " makes no batch");
        }
    }
}
