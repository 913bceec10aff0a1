package io.millrace.ejb.resume;

import io.millrace.config.Configuration;
import io.millrace.ejb.flow.Flow;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.inject.Inject;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The shell of {@link Kept}: a timer looks every {@value #LOOK_MS} ms whose client stays away for too long. Thread-safe.
 */
@Singleton
@Startup
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionManagement(TransactionManagementType.BEAN)
public class Resumables {

    private static final Logger LOG = Logger.getLogger(Resumables.class.getName());
    private static final long LOOK_MS = 500;

    @Inject
    private Configuration configuration;
    @Resource
    private ManagedScheduledExecutorService timer;
    private Kept kept;
    private ScheduledFuture<?> looking;

    @PostConstruct
    void start() {
        kept = new Kept(configuration.resume());
        if (configuration.resume().answers() > 0) {
            looking = timer.scheduleWithFixedDelay(this::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** See {@link Kept#keep}. */
    public boolean keep(Ticket ticket, Kept.Shown shown, Flow flow) {
        return kept.keep(ticket, shown, flow);
    }

    /** The call never began. */
    public void forget(String callId) {
        kept.forget(callId);
    }

    /** See {@link Kept#find}. */
    public Kept.Found find(String eventId, String keyId, String fingerprint) {
        return kept.find(eventId, keyId, fingerprint);
    }

    private void look() {
        try {
            kept.look(System.nanoTime());
        } catch (RuntimeException e) {
            LOG.log(Level.SEVERE, "Looking after kept answers failed", e);
        }
    }

    @PreDestroy
    void stop() {
        if (looking != null) {
            looking.cancel(false);
        }
    }
}
