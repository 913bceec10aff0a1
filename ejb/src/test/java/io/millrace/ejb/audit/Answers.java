package io.millrace.ejb.audit;

import io.millrace.ejb.audit.NotRecordedException.Reason;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Notes how each record ended, and that no one is told twice. */
final class Answers {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final Queue<String> onDisk = new ConcurrentLinkedQueue<>();
    final Map<String, Reason> failed = new ConcurrentHashMap<>();
    final Map<String, Exception> causes = new ConcurrentHashMap<>();

    final Queue<String> toldTwice = new ConcurrentLinkedQueue<>();
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    void record(GroupWriter writer, CallRecord record) {
        record(writer, record.callId(), record);
    }

    /** @param name to tell two records of one call apart */
    void record(GroupWriter writer, String name, CallRecord record) {
        writer.record(record, () -> {
            tell(name);
            onDisk.add(name);
        }, failure -> {
            tell(name);
            causes.put(name, failure);
            failed.put(name, ((NotRecordedException) failure).reason());
        });
    }

    private void tell(String name) {
        if (!told.add(name)) {
            toldTwice.add(name);
        }
    }

    int count() {
        return onDisk.size() + failed.size();
    }

    void await(int count) {
        long start = System.nanoTime();
        while (count() < count) {
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw new AssertionError("only " + count() + " of " + count + " were answered");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }
}
