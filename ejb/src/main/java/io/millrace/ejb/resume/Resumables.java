package io.millrace.ejb.resume;

import io.millrace.config.Configuration;
import io.millrace.ejb.cluster.Cluster;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.FlowEvent.Usage;
import io.millrace.ejb.flow.Reader;
import io.millrace.ejb.flow.Seen;
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
@DependsOn("Cluster")
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionManagement(TransactionManagementType.BEAN)
public class Resumables {

    private static final Logger LOG = Logger.getLogger(Resumables.class.getName());
    private static final long LOOK_MS = 500;
    private static final long DEATH_MS = 2_000;

    @Inject
    private Configuration configuration;
    @Inject
    private Cluster cluster;
    @Resource
    private ManagedScheduledExecutorService timer;
    private Kept kept;
    private ScheduledFuture<?> looking;
    /** Null: this node is alone. */
    private Journal journal;
    private Lending lending;
    private ScheduledFuture<?> writing;

    @PostConstruct
    void start() {
        boolean any = configuration.resume().answers() > 0;
        if (any && cluster.on()) {
            journal = new Journal(cluster.shelf("answers"), cluster.shelf("said"), cluster.shelf("claims"), cluster.self(), cluster::nodes);
            lending = new Lending(cluster.shelf("loans"), cluster.self(), cluster::nodes);
            writing = timer.scheduleWithFixedDelay(this::write, Journal.EVERY_MS, Journal.EVERY_MS, TimeUnit.MILLISECONDS);
        }
        kept = new Kept(configuration.resume(), journal);
        if (any) {
            looking = timer.scheduleWithFixedDelay(this::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** Whether other nodes can go on with this one's answers. */
    public boolean shares() {
        return journal != null;
    }

    /** See {@link Kept#keep(Ticket, Kept.Shown, Kept.Facts, Flow)}. */
    public boolean keep(Ticket ticket, Kept.Shown shown, Kept.Facts facts, Flow flow) {
        return kept.keep(ticket, shown, facts, flow);
    }

    /** See {@link Kept#keep(Legacy, Flow)}. */
    public boolean keep(Legacy legacy, Flow flow) {
        return kept.keep(legacy, flow);
    }

    /** See {@link Kept#adopt}. */
    public void adopt(Legacy legacy) {
        kept.adopt(legacy);
    }

    /** This node can't go on with it: another one may, or this one later. */
    public void release(Legacy legacy) {
        kept.forget(legacy.ticket().callId());
        journal.release(legacy);
    }

    /** The call never began. */
    public void forget(String callId) {
        kept.forget(callId);
    }

    /**
     * What there is for a client that came back. Waits up to {@value #DEATH_MS} ms where another node has the answer: until that
     * says that it lives, so that the client can have it here, or is found to have died. See {@link Kept#find}.
     */
    public Kept.Found find(String eventId, String keyId, String fingerprint) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DEATH_MS);
        Lending.Loan asked = null;
        boolean follows = false;
        try {
            while (true) {
                Kept.Found found = kept.find(eventId, keyId, fingerprint);
                if (journal == null || !(found instanceof Kept.Found.Unknown)) {
                    return found;
                }
                Head head = journal.head(Ticket.callOf(eventId));
                found = elsewhere(head, eventId, keyId, fingerprint);
                if (!(found instanceof Kept.Found.OtherNode)) {
                    return found;
                }
                if (asked == null) {
                    asked = lending.ask(head.ticket().callId(), head.owner());
                } else if (lending.isGranted(asked)) {
                    follows = true;
                    Seen seen = Ticket.seenOf(eventId).orElseThrow();
                    return new Kept.Found.Rest(head.ticket().callId(), head.shown(), new Following(journal, lending, asked, seen), seen);
                } else if (System.nanoTime() - until > 0) {
                    return found;
                }
                TimeUnit.MILLISECONDS.sleep(Journal.EVERY_MS);
            }
        } finally {
            if (asked != null && !follows) {
                lending.end(asked);
            }
        }
    }

    /** @param head null: no node knows of it */
    private Kept.Found elsewhere(Head head, String eventId, String keyId, String fingerprint) {
        Seen seen = Ticket.seenOf(eventId).orElseThrow();
        if (head == null || !head.ticket().keyId().equals(keyId) || seen.choices() != head.shown().choices()) {
            return new Kept.Found.Unknown();
        }
        if (!head.ticket().fingerprint().equals(fingerprint)) {
            return new Kept.Found.OtherRequest();
        }
        if (head.over()) {
            Legacy whole = journal.read(head);
            Usage usage = head.usage() != null ? head.usage() : new Usage(0, whole.said().stream().mapToInt(Legacy.Said::tokens).sum(), 0);
            Reader reader = kept.keepWhole(whole, usage, seen);
            return reader == null ? new Kept.Found.Unknown() : new Kept.Found.Rest(head.ticket().callId(), head.shown(), reader, seen);
        }
        if (journal.lives(head.owner())) {
            return new Kept.Found.OtherNode();
        }
        Legacy legacy = journal.read(head);
        return journal.claim(legacy) ? new Kept.Found.Left(legacy, seen) : new Kept.Found.OtherNode();
    }

    private void write() {
        try {
            journal.flush();
            lending.look(kept::lend);
        } catch (RuntimeException e) {
            LOG.log(Level.SEVERE, "Telling other nodes what was said failed", e);
        }
    }

    private void look() {
        try {
            kept.look(System.nanoTime());
            if (journal != null) {
                journal.look(System.nanoTime(), configuration.resume().keep());
            }
        } catch (RuntimeException e) {
            LOG.log(Level.SEVERE, "Looking after kept answers failed", e);
        }
    }

    @PreDestroy
    void stop() {
        for (ScheduledFuture<?> each : new ScheduledFuture<?>[] {looking, writing}) {
            if (each != null) {
                each.cancel(false);
            }
        }
    }
}
