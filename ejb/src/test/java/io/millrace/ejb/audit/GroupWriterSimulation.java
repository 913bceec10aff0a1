package io.millrace.ejb.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Configuration;
import io.millrace.ejb.audit.NotRecordedException.Reason;
import io.millrace.persistence.audit.AuditRow;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Runs the writer by hand against a store that loses its connection, also in the middle of a commit. */
class GroupWriterSimulation {
    private static final int QUEUE = 40;
    private static final int BATCH = 16;

    @Test
    void everyRecordIsAnsweredOnceAndNoneIsAcknowledgedThatIsNotThere() {
        long first = Long.getLong("simulation.seed", System.nanoTime());
        System.out.println("GroupWriterSimulation: first seed " + first);
        for (long seed = first; seed < first + 2_000; seed++) {
            new Run(seed).go();
        }
    }

    /** One life of a writer. */
    private static final class Run implements Store, Time {
        private final long seed;
        private final Random random;
        private final Map<String, UUID> disk = new HashMap<>();
        private final Answers answers = new Answers();
        private final GroupWriter writer = new GroupWriter(
                new Configuration.Audit(QUEUE, BATCH, Duration.ofSeconds(5), Duration.ofSeconds(10)), this, this);
        private long nowNanos;
        private int faultsInHundred;

        Run(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
        }

        void go() {
            int records = 1 + random.nextInt(150);
            for (int i = 0; i < records; i++) {
                answers.record(writer, "r" + i, Calls.call(callId(i)));
                faultsInHundred = random.nextInt(4) == 0 ? random.nextInt(101) : 0;
                if (random.nextInt(8) == 0 && writer.load().waiting() > 0) {
                    writer.turn();
                }
            }
            faultsInHundred = random.nextInt(101);
            writer.close();
            writer.run();
            check(records);
        }

        private void check(int records) {
            String where = "seed " + seed;
            assertEquals(records, answers.count(), where);
            assertEquals(List.of(), List.copyOf(answers.toldTwice), where);
            assertEquals(records, writer.load().written() + writer.load().failed(), where);
            for (String name : answers.onDisk) {
                assertTrue(disk.containsKey(callId(Integer.parseInt(name.substring(1)))), where + ": " + name);
            }
            answers.failed.forEach((name, reason) -> {
                String callId = callId(Integer.parseInt(name.substring(1)));
                if (reason == Reason.REFUSED_BY_DATABASE) {
                    assertTrue(callId.startsWith("bad") || callId.equals("twice"), where + ": " + name);
                } else if (callId.startsWith("call-") && reason == Reason.QUEUE_FULL) {
                    assertFalse(disk.containsKey(callId), where + ": " + name);
                }
            });
        }

        /** Some records can't be stored, and some share their call's id. */
        private static String callId(int i) {
            return i % 17 == 3 ? "bad-" + i : i % 23 == 5 ? "twice" : "call-" + i;
        }

        @Override
        public void write(List<AuditRow> rows) {
            assertTrue(!rows.isEmpty() && rows.size() <= BATCH);
            nowNanos += random.nextInt(5_000_000);
            faultPerhaps();
            Map<String, UUID> inserted = new HashMap<>();
            for (AuditRow row : rows) {
                if (row.id().equals(disk.get(row.callId()))) {
                    continue;
                }
                if (row.callId().startsWith("bad") || disk.containsKey(row.callId()) || inserted.put(row.callId(), row.id()) != null) {
                    throw failure("23505");
                }
            }
            faultPerhaps();
            disk.putAll(inserted);
            // the commit happened, but its answer is lost
            faultPerhaps();
        }

        @Override
        public void probe() {
            faultPerhaps();
        }

        private void faultPerhaps() {
            if (random.nextInt(100) < faultsInHundred) {
                throw failure("08006");
            }
        }

        private static IllegalStateException failure(String state) {
            return new IllegalStateException(new SQLException("simulated", state));
        }

        @Override
        public long nanos() {
            return nowNanos;
        }

        @Override
        public void sleep(Duration duration) {
            nowNanos += duration.toNanos();
        }
    }
}
