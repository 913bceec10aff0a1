package io.millrace.ejb.batch;

import java.util.concurrent.atomic.LongAdder;

/** What a batch loop has done, for metrics. Written by the batch thread, read by any. */
public final class BatchStats {

    private final LongAdder steps = new LongAdder();
    private final LongAdder tokens = new LongAdder();
    private final LongAdder stepNanos = new LongAdder();
    private final LongAdder interrupted = new LongAdder();
    private final LongAdder enginesReplaced = new LongAdder();
    private volatile int running;
    private volatile int waiting;
    private volatile int paused;
    private volatile long pauses;
    private volatile int cellsUsed;
    private volatile int cellsKept;
    private volatile long foundTokens;
    private volatile long restores;
    private volatile long hostBytes;
    private volatile int limit;
    private volatile double fragmentation;

    void step(int tokensInStep, long nanos) {
        steps.increment();
        tokens.add(tokensInStep);
        stepNanos.add(nanos);
    }

    void queues(Batcher batcher, int nowWaiting) {
        running = batcher.running();
        waiting = nowWaiting;
        paused = batcher.paused();
        pauses = batcher.pauses();
        cellsUsed = batcher.cellsUsed();
        cellsKept = batcher.cellsKept();
        foundTokens = batcher.foundTokens();
        restores = batcher.restores();
        hostBytes = batcher.hostBytes();
        limit = batcher.limit();
        fragmentation = batcher.fragmentation();
    }

    /** A step was cut short for a request of lane P0. */
    void interrupted() {
        interrupted.increment();
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

    /** Steps that were cut short for a request of lane P0. */
    public long stepsInterrupted() {
        return interrupted.sum();
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

    /** Sequences that are paused with their KV cells. */
    public int paused() {
        return paused;
    }

    /** How often one was paused for a higher lane. */
    public long pauses() {
        return pauses;
    }

    /** KV cells in use, tokens. */
    public int cellsUsed() {
        return cellsUsed;
    }

    /** Of these, the cells of prompts and answers of the past. */
    public int cellsKept() {
        return cellsKept;
    }

    /** Part of the allocated KV cells that is of no use, 0 to 1; see {@link Batcher#fragmentation}. */
    public double fragmentation() {
        return fragmentation;
    }

    /** Prompt tokens that were found in KV cells. */
    public long foundTokens() {
        return foundTokens;
    }

    /** Sequences that began with a KV state from the disk. */
    public long restores() {
        return restores;
    }

    /** KV state in host memory, bytes. */
    public long hostBytes() {
        return hostBytes;
    }

    /** Answers of lanes P1 to P3 that may be written at once. */
    public int limit() {
        return limit;
    }
}
