package io.millrace.ejb.kv;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Runs one task after the other on the thread that runs it, until it is closed. Tasks come from any thread; how many there
 * can be is bounded by those who send them. A task that fails is logged, and the next one runs.
 */
final class KvWorker implements Executor, Runnable {

    private static final Logger LOG = Logger.getLogger(KvWorker.class.getName());

    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private volatile boolean closed;

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    /** What runs at this moment is finished, what waits is left. */
    void close() {
        closed = true;
        tasks.add(() -> { });
    }

    @Override
    public void run() {
        try {
            while (!closed) {
                run(tasks.take());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Also when memory is short: the state that it was for is let go. */
    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.log(Level.SEVERE, "A KV state could not be written or read", e);
        }
    }
}
