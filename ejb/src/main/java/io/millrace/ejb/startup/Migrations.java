package io.millrace.ejb.startup;

import io.millrace.config.Configuration;
import io.millrace.persistence.Fault;
import io.millrace.persistence.Schema;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Brings the tables up to date before anything uses them; other startup beans depend on it. Where the database is out
 * of reach, it goes on trying from the scheduler's threads. Thread-safe.
 */
@Startup
@Singleton
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionManagement(TransactionManagementType.BEAN)
public class Migrations {
    private static final Logger LOG = Logger.getLogger(Migrations.class.getName());

    @Inject
    private Configuration configuration;
    @Resource
    private ManagedScheduledExecutorService scheduler;
    private Backoff backoff;
    private volatile String notReadyBecause = "the tables of the database have not been looked at yet";

    @PostConstruct
    void start() {
        backoff = new Backoff(configuration.db().retryFirst(), configuration.db().retryMost());
        attempt();
    }

    /** Why the tables can't be used yet, in a sentence; empty when they can. */
    public Optional<String> notReadyBecause() {
        return Optional.ofNullable(notReadyBecause);
    }

    /** One attempt follows the other, so only one thread is ever in here. */
    private void attempt() {
        try {
            int ran = Schema.migrate(PooledDataSource.forMigrations(configuration.db()));
            LOG.log(Level.INFO, "The database is ready; {0} migrations ran.", ran);
            notReadyBecause = null;
        } catch (RuntimeException e) {
            Duration wait = backoff.next();
            notReadyBecause = "the tables of the database could not be brought up to date: " + Fault.reason(e);
            LOG.log(Level.WARNING, "Not ready, since {0}. Next attempt in {1} ms.",
                    new Object[] {notReadyBecause, Long.toString(wait.toMillis())});
            scheduler.schedule(this::attempt, wait.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
