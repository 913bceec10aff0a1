package io.millrace.ejb.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Configuration;
import io.millrace.ejb.audit.NotRecordedException.Reason;
import io.millrace.persistence.audit.AuditRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The bounds, with a store that can be held. */
class GroupWriterTest {
    private final Held store = new Held();
    private final Answers answers = new Answers();

    @Test
    void takesAllThatWaitsAsOneGroupUpToTheBatch() throws Exception {
        GroupWriter writer = writer(100, 3, Duration.ofSeconds(30), Duration.ofSeconds(30));
        for (int i = 0; i < 7; i++) {
            answers.record(writer, Calls.call("c" + i));
        }
        store.mayWrite.release(10);
        writer.close();
        writer.run();
        assertEquals(List.of(3, 3, 1), store.groups);
        assertEquals(List.of("c0", "c1", "c2", "c3", "c4", "c5", "c6"), List.copyOf(answers.onDisk));
    }

    @Test
    void refusesAtOnceWhenTheQueueIsFull() throws Exception {
        GroupWriter writer = writer(2, 3, Duration.ofSeconds(30), Duration.ofSeconds(30));
        for (int i = 0; i < 3; i++) {
            answers.record(writer, Calls.call("c" + i));
        }
        assertEquals(Map.of("c2", Reason.QUEUE_FULL), answers.failed);
        assertEquals(new Trail.Load(2, 0, 1), writer.load());
        assertEquals(2, writer.open());
    }

    @Test
    void answersInTimeWhileTheDatabaseHangs() throws Exception {
        GroupWriter writer = writer(100, 1, Duration.ofMillis(50), Duration.ofSeconds(30));
        Thread thread = Thread.ofPlatform().start(writer);
        answers.record(writer, Calls.call("in hand"));
        store.entered.acquire();
        answers.record(writer, Calls.call("in line"));
        Thread.sleep(60);
        writer.failOverdue();
        assertEquals(Map.of("in hand", Reason.TIMEOUT, "in line", Reason.TIMEOUT), answers.failed);

        store.mayWrite.release(10);
        writer.close();
        thread.join();
        assertEquals(List.of(1), store.groups, "who was told that it failed is not written later");
        assertEquals(List.of(), List.copyOf(answers.toldTwice));
    }

    @Test
    void writesWhatWaitsBeforeItStops() throws Exception {
        GroupWriter writer = writer(100, 10, Duration.ofSeconds(30), Duration.ofSeconds(30));
        for (int i = 0; i < 25; i++) {
            answers.record(writer, Calls.call("c" + i));
        }
        store.mayWrite.release(10);
        writer.close();
        writer.run();
        assertEquals(25, answers.onDisk.size());
        assertEquals(0, writer.open());

        answers.record(writer, Calls.call("late"));
        assertEquals(Map.of("late", Reason.STOPPING), answers.failed);
    }

    @Test
    void doesNotStopForEver() throws Exception {
        GroupWriter writer = writer(100, 1, Duration.ofSeconds(30), Duration.ofMillis(50));
        Thread thread = Thread.ofPlatform().start(writer);
        answers.record(writer, Calls.call("in hand"));
        store.entered.acquire();
        answers.record(writer, Calls.call("in line"));
        writer.close();
        Thread.sleep(60);
        writer.failOverdue();
        assertEquals(Map.of("in hand", Reason.STOPPING, "in line", Reason.STOPPING), answers.failed);
        store.mayWrite.release(10);
        thread.join();
    }

    @Test
    void anInterruptMeansStopAndLosesNothing() throws Exception {
        GroupWriter writer = writer(100, 10, Duration.ofSeconds(30), Duration.ofSeconds(30));
        store.mayWrite.release(10);
        Thread thread = Thread.ofPlatform().unstarted(writer);
        answers.record(writer, Calls.call("c"));
        thread.start();
        thread.interrupt();
        thread.join();
        assertEquals(List.of("c"), List.copyOf(answers.onDisk));
    }

    @Test
    void aCallbackThatThrowsStopsNobodyElse() throws Exception {
        GroupWriter writer = writer(100, 10, Duration.ofSeconds(30), Duration.ofSeconds(30));
        writer.record(Calls.call("bad"), () -> {
            throw new IllegalStateException("defect");
        }, failure -> {});
        answers.record(writer, Calls.call("good"));
        store.mayWrite.release(10);
        writer.close();
        writer.run();
        assertEquals(List.of("good"), List.copyOf(answers.onDisk));
    }

    @Test
    void saysThatItIsInTroubleAndAsksAgainWithoutNewRecords() throws Exception {
        GroupWriter writer = writer(100, 10, Duration.ofMillis(200), Duration.ofSeconds(30));
        store.isDown = true;
        Thread thread = Thread.ofPlatform().start(writer);
        answers.record(writer, Calls.call("lost"));
        answers.await(1);
        assertEquals(Map.of("lost", Reason.TIMEOUT), answers.failed);
        assertEquals(Optional.of("the audit can't be written: down"), writer.trouble());

        store.isDown = false;
        long start = System.nanoTime();
        while (writer.trouble().isPresent() && System.nanoTime() - start < 5_000_000_000L) {
            Thread.sleep(5);
        }
        assertEquals(Optional.empty(), writer.trouble());
        writer.close();
        thread.join();
    }

    @Test
    void noticesALostDatabaseWhileNothingIsRecorded() {
        AtomicLong nowNanos = new AtomicLong();
        GroupWriter writer = new GroupWriter(
                new Configuration.Audit(100, 10, Duration.ofSeconds(5), Duration.ofSeconds(10)), store, new Time() {
                    @Override
                    public long nanos() {
                        return nowNanos.get();
                    }

                    @Override
                    public void sleep(Duration duration) {
                        nowNanos.addAndGet(duration.toNanos());
                    }
                });
        store.isDown = true;
        writer.turn();
        assertEquals(Optional.empty(), writer.trouble());
        nowNanos.addAndGet(Duration.ofSeconds(5).toNanos());
        writer.turn();
        assertEquals(Optional.of("the audit can't be written: down"), writer.trouble());
    }

    @Test
    void rowIdsLieInTheOrderOfTime() {
        UUID early = Entry.timeOrdered(1_000);
        UUID late = Entry.timeOrdered(2_000);
        assertEquals(7, early.version());
        assertEquals(2, early.variant());
        assertTrue(early.toString().compareTo(late.toString()) < 0);
    }

    private GroupWriter writer(int queue, int batch, Duration timeout, Duration drain) {
        return new GroupWriter(new Configuration.Audit(queue, batch, timeout, drain), store, Time.REAL);
    }

    /** Writes only as often as it is let. */
    private static final class Held implements Store {
        final Semaphore mayWrite = new Semaphore(0);
        final Semaphore entered = new Semaphore(0);
        final List<Integer> groups = new ArrayList<>();
        volatile boolean isDown;

        @Override
        public void write(List<AuditRow> rows) {
            probe();
            entered.release();
            mayWrite.acquireUninterruptibly();
            groups.add(rows.size());
        }

        @Override
        public void probe() {
            if (isDown) {
                throw new IllegalStateException("down");
            }
        }
    }
}
