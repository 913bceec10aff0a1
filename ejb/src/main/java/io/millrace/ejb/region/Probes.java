package io.millrace.ejb.region;

import io.millrace.config.Regions.Dialect;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.connector.remote.Prompt;
import io.millrace.connector.remote.RemoteAnswer;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteConnection;
import io.millrace.connector.remote.RemoteEvent;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteModel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Asks regions how they are, with a generation of one token, since a port that answers says nothing of the engine behind
 * it: before the first call, while nobody else asks them, and as the trial of a breaker that is open. At most one probe of
 * a region is under way. Thread-safe.
 */
final class Probes {

    private static final Logger LOG = Logger.getLogger(Probes.class.getName());
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** Whatever a region answers, and however fast. */
    private static final Duration LEAST_BETWEEN = Duration.ofMillis(Breaker.FIRST_PAUSE_MS);

    private final Network network;
    private final long everyNanos;
    /** When each was asked last. */
    private final Map<String, Long> asked = new ConcurrentHashMap<>();
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    /** @param every zero: only breakers that are open have a probe */
    Probes(Network network, Duration every) {
        this.network = network;
        this.everyNanos = every.toNanos();
    }

    /** Probes a region if it is time to. */
    void look(Region region, long nowNanos) {
        boolean trial = region.breaker().wantsTrial(nowNanos);
        boolean quiet = everyNanos > 0 && region.breaker().state() == Breaker.State.CLOSED && nowNanos - region.lastGoodNanos() > everyNanos;
        Long last = asked.get(region.name());
        boolean again = last == null || nowNanos - last >= LEAST_BETWEEN.toNanos();
        if (again && (trial || quiet || !region.isKnown() && region.breaker().allows(nowNanos))) {
            ask(region);
        }
    }

    /** Probes it now, unless somebody does already. */
    void ask(Region region) {
        if (network.ending() || !underWay.add(region.name())) {
            return;
        }
        asked.put(region.name(), System.nanoTime());
        RegionThreads.start("probe-" + region.name(), () -> {
            try {
                probe(region);
            } finally {
                underWay.remove(region.name());
                network.changed();
            }
        });
    }

    private void probe(Region region) {
        long pass = region.breaker().enter(System.nanoTime());
        if (pass == Breaker.REFUSED) {
            return;
        }
        Breaker.State before = region.breaker().state();
        try (RemoteConnection connection = network.connect(region.spec())) {
            if (!region.isKnown()) {
                meet(region, connection);
            }
            generate(region);
            region.good(pass, System.nanoTime());
            if (before == Breaker.State.TRIAL) {
                LOG.log(Level.INFO, "Region {0} answers again", region.name());
            }
        } catch (RemoteException e) {
            region.bad(pass, e, System.nanoTime());
            LOG.log(before == Breaker.State.TRIAL ? Level.FINE : Level.WARNING, "Region {0} does not answer: {1}",
                    new Object[] {region.name(), e.getMessage()});
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            region.breaker().toldNothing(pass, System.nanoTime());
        }
    }

    private void meet(Region region, RemoteConnection connection) throws RemoteException {
        var models = connection.models(PATIENCE);
        io.millrace.connector.remote.Dialect dialect = region.settings().dialect() == Dialect.AUTO
                ? Guess.dialect(region.spec().base(), models) : region.spec().dialect();
        region.known(dialect, models.stream().map(RemoteModel::id).toList());
        LOG.log(Level.INFO, "Region {0} speaks {1} and serves {2}", new Object[] {region.name(), dialect, region.models()});
    }

    private void generate(Region region) throws RemoteException, InterruptedException {
        String model = region.called(null).orElse("default");
        RemoteCall call = new RemoteCall(model, prompt(region), Sampling.GREEDY, 1, List.of(), "", null, "", null, false);
        long until = System.nanoTime() + PATIENCE.toNanos();
        try (RemoteConnection connection = network.connect(region.spec()); RemoteAnswer answer = connection.send(call)) {
            while (true) {
                RemoteEvent event = answer.next(Duration.ofNanos(Math.max(0, until - System.nanoTime())));
                if (event instanceof RemoteEvent.Silence) {
                    throw new SilentException(region.name(), PATIENCE);
                }
                if (event instanceof RemoteEvent.End) {
                    return;
                }
            }
        }
    }

    private static Prompt prompt(Region region) {
        return region.spec().dialect() == io.millrace.connector.remote.Dialect.COMPLETIONS ? new Prompt.Text("ping")
                : new Prompt.Chat(List.of(new Turn("user", "ping")));
    }
}
