package io.millrace.ejb.audit;

import io.millrace.config.Configuration;
import io.millrace.ejb.startup.PooledDataSource;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.DependsOn;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.inject.Inject;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The audit's door: a call's record goes in, and its owner hears when it is on disk. Thread-safe.
 *
 * <p>Owns the thread "audit writer". A bean that records calls until it stops must say {@code @DependsOn("Trail")}, so
 * that it stops first.
 */
@Startup
@Singleton
@DependsOn("Migrations")
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionManagement(TransactionManagementType.BEAN)
public class Trail {
    private static final Logger LOG = Logger.getLogger(Trail.class.getName());
    private static final long WATCH_MILLIS = 250;

    /**
     * How busy the audit is.
     *
     * @param waiting records in line now
     * @param written records on disk since the start
     * @param failed  records whose owner was told that they are not
     */
    public record Load(int waiting, long written, long failed) {}

    @Inject
    private Configuration configuration;
    @Resource
    private ManagedThreadFactory threads;
    @Resource
    private ManagedScheduledExecutorService scheduler;
    private GroupWriter writer;
    private Thread thread;
    private ScheduledFuture<?> watch;

    @PostConstruct
    void start() {
        Configuration.Audit bounds = configuration.audit();
        AuditStore store = new AuditStore(() -> PooledDataSource.forAudit(configuration.db(), bounds.timeout()));
        writer = new GroupWriter(bounds, store, Time.REAL);
        thread = threads.newThread(() -> write(store));
        thread.setName("audit writer");
        thread.start();
        watch = scheduler.scheduleWithFixedDelay(writer::failOverdue, WATCH_MILLIS, WATCH_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void write(AuditStore store) {
        try (store) {
            writer.run();
        }
    }

    /**
     * Never waits. One of the two is called, once: within {@code audit.timeout}, or at once where {@code audit.queue}
     * records wait already. It is called on the audit writer's thread or on this one and must not block.
     *
     * @param record    of a call id that was never recorded before
     * @param onDisk    the record is committed
     * @param onFailure with a {@link NotRecordedException}; the record is not there, or nobody can tell
     */
    public void record(CallRecord record, Runnable onDisk, Consumer<Exception> onFailure) {
        writer.record(record, onDisk, onFailure);
    }

    /** Why no call can be recorded now, in a sentence; empty when it can. Then no call should be taken. */
    public Optional<String> notReadyBecause() {
        return writer.trouble();
    }

    public Load load() {
        return writer.load();
    }

    /** Records whose owner has not been told yet whether they are on disk. */
    public long open() {
        return writer.open();
    }

    /** Returns when the waiting records are written or {@code audit.drain} is over. */
    @PreDestroy
    void stop() {
        writer.close();
        try {
            thread.join(configuration.audit().drain().plusMillis(WATCH_MILLIS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        writer.failOverdue();
        watch.cancel(false);
        LOG.log(Level.INFO, "The audit stopped: {0}", writer.load());
    }
}
