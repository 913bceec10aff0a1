package io.millrace.ejb.region;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Regions.Cost;
import io.millrace.config.Regions.Http;
import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.HttpVersion;
import io.millrace.connector.remote.RemoteAnswer;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteConnection;
import io.millrace.connector.remote.RemoteConnectionFactory;
import io.millrace.connector.remote.RemoteEvent;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteException.Code;
import io.millrace.connector.remote.RemoteModel;
import io.millrace.connector.remote.RemoteSpec;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.naming.Reference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProbesTest {

    private static final Logger LOG = Logger.getLogger("io.millrace.ejb.region");

    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger mostUnderWay = new AtomicInteger();
    private final Server server = new Server();
    private final Region region = region();
    private final Network network = new Network(List.of(region), null, server, 8, Duration.ofSeconds(1), new Hedges(0));
    private final Probes probes = new Probes(network, Duration.ofSeconds(10));
    private volatile Exception failure;

    @BeforeEach
    void quiet() {
        LOG.setLevel(Level.OFF);
    }

    @AfterEach
    void loud() {
        LOG.setLevel(null);
    }

    private static Region region() {
        Map<Lane, LaneBounds> bounds = new EnumMap<>(Lane.class);
        for (Lane lane : Lane.values()) {
            bounds.put(lane, new LaneBounds(2, Long.MAX_VALUE, 1));
        }
        URI base = URI.create("http://a/v1");
        return new Region(new io.millrace.config.Regions.Region("a", Optional.of(base), io.millrace.config.Regions.Dialect.AUTO, Map.of(),
                Optional.empty(), Optional.empty(), Optional.empty(), Http.AUTO, 4, 1, Cost.ONDEMAND, "", Optional.empty()), 0,
                new RemoteSpec("a", base, Dialect.OPENAI, null, null, Duration.ofSeconds(1), HttpVersion.AUTO), new Gate<>(4, 0, bounds),
                new Silence(Duration.ofSeconds(1), Duration.ofSeconds(1)), new Silence(Duration.ofSeconds(1), Duration.ofSeconds(1)));
    }

    /** As the timer does it. */
    private void look(long millis, BooleanSupplier until) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (System.nanoTime() < end && !until.getAsBoolean()) {
            probes.look(region, System.nanoTime());
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    @Test
    void learnsWhatARegionIs() throws InterruptedException {
        look(5_000, region::isKnown);
        look(5_000, () -> region.lastGoodNanos() != 0);
        assertEquals(Dialect.VLLM, region.spec().dialect());
        assertEquals(List.of("qwen"), region.models());
        assertEquals(Optional.empty(), region.called("other"));
        assertEquals(Optional.of("qwen"), region.called(null));
    }

    @Test
    void leavesARegionThatIsKnownAndBusyAlone() throws InterruptedException {
        look(5_000, () -> region.isKnown() && region.lastGoodNanos() != 0);
        look(600, () -> false);
        assertEquals(1, sent.get());
    }

    @Test
    void doesNotHammerARegionWhateverItAnswers() throws InterruptedException {
        for (Code code : List.of(Code.INVALID, Code.UNSUPPORTED, Code.BROKEN)) {
            failure = new RemoteException(code, "told to");
            sent.set(0);
            look(600, () -> false);
            assertTrue(sent.get() <= 3, code + ": " + sent.get() + " probes");
        }
        assertEquals(1, mostUnderWay.get(), "one at a time");
    }

    @Test
    void leavesNoTrialUnreportedWhateverFails() throws InterruptedException {
        for (Exception each : List.of(new RemoteException(Code.CLOSED, "closed"), new IllegalStateException("told to"))) {
            region.breaker().leaveAlone(System.nanoTime(), 1);
            failure = each;
            sent.set(0);
            look(5_000, () -> sent.get() > 0);
            look(5_000, () -> underWay.get() == 0);
            failure = null;
            look(2_000, () -> region.breaker().state() == Breaker.State.CLOSED);
            assertEquals(Breaker.State.CLOSED, region.breaker().state(), "after " + each);
        }
    }

    @Test
    void letsARegionInThatAnswersAgain() throws InterruptedException {
        look(5_000, region::isKnown);
        failure = new RemoteException(Code.CONNECT, "told to");
        region.breaker().leaveAlone(System.nanoTime(), 1);
        look(700, () -> false);
        failure = null;
        look(5_000, () -> region.takesCalls(System.nanoTime()) && region.breaker().state() == Breaker.State.CLOSED);
        assertEquals(Breaker.State.CLOSED, region.breaker().state());
    }

    private final class Server implements RemoteConnectionFactory {
        private static final long serialVersionUID = 1L;

        @Override
        public RemoteConnection getConnection(RemoteSpec spec) {
            return new RemoteConnection() {
                @Override
                public RemoteAnswer send(RemoteCall call) throws RemoteException {
                    assertEquals(1, call.maxTokens());
                    sent.incrementAndGet();
                    mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                    Deque<RemoteEvent> events = new ArrayDeque<>(List.of(new RemoteEvent.Accepted(), new RemoteEvent.Piece("x", "", null, List.of()),
                            new RemoteEvent.Finished("length")));
                    return new RemoteAnswer() {
                        private boolean closed;

                        @Override
                        public RemoteEvent next(Duration patience) throws RemoteException {
                            switch (failure) {
                                case RemoteException remote -> throw remote;
                                case RuntimeException other -> throw other;
                                case null, default -> { }
                            }
                            RemoteEvent event = events.poll();
                            return event == null ? new RemoteEvent.End() : event;
                        }

                        @Override
                        public void close() {
                            underWay.addAndGet(closed ? 0 : -1);
                            closed = true;
                        }
                    };
                }

                @Override
                public List<RemoteModel> models(Duration patience) {
                    return List.of(new RemoteModel("qwen", "vllm"));
                }

                @Override
                public void close() {
                    // nothing is open
                }
            };
        }

        @Override
        public void setReference(Reference reference) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Reference getReference() {
            throw new UnsupportedOperationException();
        }
    }
}
