package io.millrace.ejb.model;

import io.millrace.config.Configuration;
import io.millrace.connector.engine.EngineConnection;
import io.millrace.ejb.batch.BatchLoop;
import io.millrace.ejb.batch.EngineOpener;
import io.millrace.ejb.kv.KvStore;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.lane.Lanes;
import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * One model that is being served: its loop and the thread that runs it.
 *
 * @param file the GGUF file it came from
 */
record Serving(BatchLoop loop, Thread thread, Path file) {

    private static final long STOP_MS = TimeUnit.SECONDS.toMillis(10);

    /** @param store for KV states of the past, or null */
    static Serving start(EngineConnection connection, EngineOpener opener, Configuration configuration, Path file,
                         ThreadFactory threads, KvStore store) {
        BatchLoop loop = new BatchLoop(connection, opener, new Lanes<>(LaneBounds.of(configuration.lanes())),
                Specs.settings(configuration, connection.model()), configuration.engine().stepTimeout(), store, configuration.kv().diskAfter());
        Thread thread = threads.newThread(loop);
        thread.setName("millrace-batch-" + loop.model().name());
        thread.start();
        Thread watch = threads.newThread(loop.watch());
        watch.setName("millrace-watch-" + loop.model().name());
        watch.start();
        return new Serving(loop, thread, file);
    }

    boolean answersTo(String model) {
        return model == null || model.isEmpty() || model.equals(loop.model().name())
                || model.equals(file.getFileName().toString());
    }

    /** Whether every call has ended and the engine is closed. */
    boolean ended() {
        return !thread.isAlive();
    }

    /** Returns when it has {@link #ended}, or after a while. */
    void awaitEnd() {
        try {
            thread.join(STOP_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
