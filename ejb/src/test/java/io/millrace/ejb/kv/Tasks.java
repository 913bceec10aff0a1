package io.millrace.ejb.kv;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/** Tasks that wait until the test has one run. Owned by the test's thread. */
public final class Tasks implements Executor {

    private final Deque<Runnable> waiting = new ArrayDeque<>();

    @Override
    public void execute(Runnable task) {
        waiting.add(task);
    }

    public void runOne() {
        if (!waiting.isEmpty()) {
            waiting.poll().run();
        }
    }

    public void runAll() {
        while (!waiting.isEmpty()) {
            runOne();
        }
    }

    /** The process dies. */
    public void loseAll() {
        waiting.clear();
    }
}
