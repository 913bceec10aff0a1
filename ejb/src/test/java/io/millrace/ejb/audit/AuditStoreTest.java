package io.millrace.ejb.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Configuration;
import io.millrace.ejb.audit.NotRecordedException.Reason;
import io.millrace.persistence.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The writer on a real PostgreSQL. */
class AuditStoreTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    @RegisterExtension
    private static final TestDatabase DATABASE = TestDatabase.withEmpty("audit_call");

    private final Answers answers = new Answers();
    private GroupWriter writer;
    private Thread thread;

    @BeforeEach
    void start() {
        start(DATABASE, TIMEOUT);
    }

    @AfterEach
    void stop() throws Exception {
        writer.close();
        thread.join();
    }

    @Test
    void whoeverIsToldOnDiskIsInTheTable() throws Exception {
        for (int i = 0; i < 2_000; i++) {
            answers.record(writer, Calls.call("c" + i));
        }
        answers.await(2_000);
        assertEquals(2_000, answers.onDisk.size());
        assertEquals(new TreeSet<>(answers.onDisk), stored());
    }

    @Test
    void aBadRecordFailsAlone() throws Exception {
        answers.record(writer, "first", Calls.call("twice"));
        for (int i = 0; i < 50; i++) {
            answers.record(writer, Calls.call("c" + i));
        }
        answers.record(writer, "second", Calls.call("twice"));
        answers.record(writer, "id too long", Calls.call("x".repeat(65)));
        answers.record(writer, "no id", Calls.call(null));
        answers.record(writer, "nasty", Calls.call("nasty", "\0\uD800" + "y".repeat(10_000)));
        answers.await(55);

        assertEquals(Map.of("second", Reason.REFUSED_BY_DATABASE, "id too long", Reason.REFUSED_BY_DATABASE,
                "no id", Reason.REFUSED_BY_DATABASE), answers.failed);
        assertEquals(52, stored().size());
        assertTrue(answers.causes.get("second").getMessage().contains("audit_call_call_id"), () -> answers.causes.toString());
    }

    /** Connections are killed at any moment of a group, also in its commit: such a group is written again. */
    @Test
    void aKilledConnectionLosesNothingThatWasAcknowledged() throws Exception {
        int records = 3_000;
        AtomicInteger killed = new AtomicInteger();
        Thread killer = Thread.ofPlatform().start(() -> killConnections(killed));
        for (int i = 0; i < records; i++) {
            answers.record(writer, Calls.call("c" + i));
            if (i % 10 == 0) {
                Thread.sleep(5);
            }
        }
        answers.await(records);
        killer.interrupt();
        killer.join();

        Set<String> lost = new HashSet<>(answers.onDisk);
        lost.removeAll(stored());
        assertEquals(Set.of(), lost);
        assertEquals(List.of(), List.copyOf(answers.toldTwice));
        System.out.println(killed + " connections killed; " + answers.onDisk.size() + " of " + records
                + " records reached the disk, the others were reported");
        assertTrue(killed.get() > 0 && answers.onDisk.size() > records / 2);
    }

    private static void killConnections(AtomicInteger killed) {
        try {
            while (true) {
                int hit = DATABASE.query("select pg_terminate_backend(pid) from pg_stat_activity "
                        + "where application_name = 'millrace' and pid <> pg_backend_pid()").size();
                killed.addAndGet(hit);
                Thread.sleep(hit == 0 ? 1 : ThreadLocalRandom.current().nextInt(300, 500));
            }
        } catch (InterruptedException e) {
            // enough
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aDatabaseThatIsGoneIsReportedInTime() throws Exception {
        try (TestDatabase doomed = new TestDatabase()) {
            stop();
            start(doomed, Duration.ofMillis(500));
            answers.record(writer, Calls.call("before"));
            answers.await(1);
            doomed.stopServer();

            long start = System.nanoTime();
            answers.record(writer, Calls.call("after"));
            answers.await(2);
            long waitedMillis = Duration.ofNanos(System.nanoTime() - start).toMillis();
            assertEquals(Map.of("after", Reason.TIMEOUT), answers.failed);
            assertTrue(waitedMillis >= 400 && waitedMillis < 2_500, "waited " + waitedMillis + " ms");
            assertTrue(writer.trouble().isPresent());
        }
    }

    private void start(TestDatabase where, Duration timeout) {
        AuditStore store = new AuditStore(() -> where.dataSource().limitingStatements(timeout));
        writer = new GroupWriter(new Configuration.Audit(10_000, 256, timeout, Duration.ofSeconds(10)), store, Time.REAL);
        thread = Thread.ofPlatform().start(() -> {
            try (store) {
                writer.run();
            }
        });
    }

    private static Set<String> stored() throws Exception {
        return new TreeSet<>(DATABASE.query("select call_id from audit_call"));
    }
}
