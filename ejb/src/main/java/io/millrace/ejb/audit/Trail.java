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
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The life of the audit's writer. Thread-safe.
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

    /** Where records go in: it is no bean, since the container's care for each call of a bean would cost more than what is done. */
    public GroupWriter writer() {
        return writer;
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
