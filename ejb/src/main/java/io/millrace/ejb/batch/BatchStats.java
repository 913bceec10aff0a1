package io.millrace.ejb.batch;

import java.util.concurrent.atomic.LongAdder;

/** What a batch loop has done, for metrics. Written by the batch thread, read by any. */
public final class BatchStats {

    private final LongAdder steps = new LongAdder();
    private final LongAdder tokens = new LongAdder();
    private final LongAdder stepNanos = new LongAdder();
    private final LongAdder enginesReplaced = new LongAdder();
    private volatile int running;
    private volatile int waiting;
    private volatile int cellsUsed;

    void step(int tokensInStep, long nanos) {
        steps.increment();
        tokens.add(tokensInStep);
        stepNanos.add(nanos);
    }

    void queues(int nowRunning, int nowWaiting, int nowCellsUsed) {
        running = nowRunning;
        waiting = nowWaiting;
        cellsUsed = nowCellsUsed;
    }

    void engineReplaced() {
        enginesReplaced.increment();
    }

    public long steps() {
        return steps.sum();
    }

    /** Tokens put through the model, of prompts and of answers. */
    public long tokens() {
        return tokens.sum();
    }

    /** Time spent inside the engine, nanoseconds. */
    public long stepNanos() {
        return stepNanos.sum();
    }

    public long enginesReplaced() {
        return enginesReplaced.sum();
    }

    public int running() {
        return running;
    }

    public int waiting() {
        return waiting;
    }

    /** KV cells in use, tokens. */
    public int cellsUsed() {
        return cellsUsed;
    }
}
