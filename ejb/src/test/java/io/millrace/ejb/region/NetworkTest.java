package io.millrace.ejb.region;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Regions.Cost;
import io.millrace.config.Regions.Http;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.HttpVersion;
import io.millrace.connector.remote.Prompt;
import io.millrace.connector.remote.RemoteAnswer;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteConnection;
import io.millrace.connector.remote.RemoteConnectionFactory;
import io.millrace.connector.remote.RemoteEvent;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteException.Code;
import io.millrace.connector.remote.RemoteModel;
import io.millrace.connector.remote.RemoteSpec;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Answer.Outcome;
import io.millrace.ejb.flow.Elsewhere;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.region.Regions.Beginning;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.naming.Reference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the simulation meets by chance, each by itself: the test says what each server says, and when. */
class NetworkTest {

    private static final Logger LOG = Logger.getLogger("io.millrace.ejb.region");
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration MOMENT = Duration.ofMillis(100);

    @TempDir
    private Path folder;
    /** What a server says next: an event, or a failure. */
    private final Map<String, BlockingQueue<Object>> says = new ConcurrentHashMap<>();
    /** What the next calls hear instead, each its own. */
    private final Queue<BlockingQueue<Object>> own = new ConcurrentLinkedQueue<>();
    private final BlockingQueue<RemoteCall> calls = new LinkedBlockingQueue<>();
    private final BlockingQueue<Answer> ended = new LinkedBlockingQueue<>();
    private Network network;
    private volatile boolean over;
    private Thread ticking;

    @BeforeEach
    void quiet() {
        LOG.setLevel(Level.OFF);
    }

    @AfterEach
    void stop() throws InterruptedException {
        over = true;
        if (ticking != null) {
            ticking.join();
        }
        LOG.setLevel(null);
    }

    private void network(Duration patience, Region... regions) {
        network(patience, 0, regions);
    }

    private void network(Duration patience, double hedges, Region... regions) {
        network = new Network(List.of(regions), null, new Servers(), 8, patience, new Hedges(hedges));
        ticking = Thread.ofVirtual().start(() -> {
            while (!over) {
                network.look(System.nanoTime());
                try {
                    TimeUnit.MILLISECONDS.sleep(10);
                } catch (InterruptedException e) {
                    return;
                }
            }
        });
    }

    private Region region(String name, int rank, int places, Dialect dialect) {
        return region(name, rank, places, dialect, Duration.ofSeconds(20));
    }

    private Region region(String name, int rank, int places, Dialect dialect, Duration silence) {
        says.put(name, new LinkedBlockingQueue<>());
        Map<Lane, LaneBounds> bounds = new EnumMap<>(Lane.class);
        for (Lane lane : Lane.values()) {
            bounds.put(lane, new LaneBounds(2, Long.MAX_VALUE, 1));
        }
        URI base = URI.create("http://" + name + "/v1");
        return new Region(new io.millrace.config.Regions.Region(name, Optional.of(base), io.millrace.config.Regions.Dialect.AUTO, Map.of(),
                Optional.empty(), Optional.empty(), Optional.empty(), Http.AUTO, places, 1, Cost.ONDEMAND, "", Optional.of(folder.resolve(name))), rank,
                new RemoteSpec(name, base, dialect, null, null, Duration.ofSeconds(1), HttpVersion.AUTO), new Gate<>(places, 0, bounds),
                new Silence(silence, silence), new Silence(silence, silence));
    }

    private Errand errand(int choices) {
        return errand(choices, 0, false);
    }

    private Errand errand(int choices, int maxTokens, boolean json) {
        Errand errand = new Errand(network, new Ask(null, new Prompt.Text("ping"), "", Collections.nCopies(choices, Sampling.GREEDY), maxTokens,
                List.of(), json, null, Lane.P1, "tenant", "space", 10, System.nanoTime() + SOON.toNanos()), System.nanoTime());
        Flow flow = new Flow(1 << 20, errand::cancel, () -> { });
        errand.is(new Answer("call", 5, choices, maxTokens == 0 ? 1_000 : maxTokens, List.of(), null, flow, errand, false, answer -> {
            network.ended(errand);
            ended.add(answer);
        }), Elsewhere.NOBODY);
        return errand;
    }

    private Errand begin(int choices) {
        Errand errand = errand(choices);
        assertEquals(Beginning.BEGUN, network.begin(errand));
        return errand;
    }

    private void say(String region, Object... what) {
        says.get(region).addAll(List.of(what));
    }

    private static RemoteEvent piece(String text) {
        return new RemoteEvent.Piece(text, "", null, List.of());
    }

    private static Object[] whole(String text) {
        return new Object[] {piece(text), new RemoteEvent.Finished("stop"), new RemoteEvent.Usage(5, 1, 0), new RemoteEvent.End()};
    }

    private static RemoteException failure(Code code) {
        return new RemoteException(code, "told to");
    }

    private Answer end() throws InterruptedException {
        Answer answer = ended.poll(SOON.toMillis(), TimeUnit.MILLISECONDS);
        assertTrue(answer != null, "it ends");
        return answer;
    }

    private RemoteCall call() throws InterruptedException {
        RemoteCall call = calls.poll(SOON.toMillis(), TimeUnit.MILLISECONDS);
        assertTrue(call != null, "a server is asked");
        return call;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long until = System.nanoTime() + SOON.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < until, "in time");
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private static String text(Answer answer) throws InterruptedException {
        answer.finish();
        return answer.flow().next(MOMENT) instanceof FlowEvent.Text text ? text.text() : "";
    }

    @Test
    void waitsForTheOnlyRegionToComeBack() throws InterruptedException {
        network(SOON, region("a", 0, 4, Dialect.VLLM));
        say("a", piece("one "), failure(Code.BROKEN), failure(Code.CONNECT));
        say("a", whole("two"));
        begin(1);
        Answer answer = end();
        assertEquals(Outcome.OK, answer.outcome());
        assertEquals("one two", text(answer));
    }

    @Test
    void waitsWhileAnotherCallIsTheTrial() throws InterruptedException {
        Region only = region("a", 0, 4, Dialect.VLLM);
        network(SOON, only);
        only.breaker().leaveAlone(System.nanoTime(), 1);
        await(() -> only.takesCalls(System.nanoTime()));
        BlockingQueue<Object> trial = new LinkedBlockingQueue<>();
        own.add(trial);
        Errand first = begin(2);
        call();
        TimeUnit.MILLISECONDS.sleep(MOMENT.toMillis());
        assertEquals(null, first.answer().outcome(), "the other choice waits for the trial");
        assertEquals(0, calls.size());
        trial.addAll(List.of(whole("x")));
        say("a", whole("x"));
        assertEquals(Outcome.OK, end().outcome());
    }

    @Test
    void letsAnotherTryWhereTheTrialIsCancelled() throws InterruptedException {
        Region only = region("a", 0, 4, Dialect.VLLM);
        network(SOON, only);
        only.breaker().leaveAlone(System.nanoTime(), 1);
        await(() -> only.takesCalls(System.nanoTime()));
        Errand first = begin(1);
        call();
        first.cancel();
        assertEquals(Outcome.CANCELLED, end().outcome());
        await(() -> only.takesCalls(System.nanoTime()));
        begin(1);
        say("a", whole("x"));
        assertEquals(Outcome.OK, end().outcome());
    }

    @Test
    void closesASilentUpstreamWhenItsReaderLeaves() throws InterruptedException {
        Region only = region("a", 0, 4, Dialect.VLLM);
        network(SOON, only);
        Errand errand = begin(1);
        call();
        errand.cancel();
        await(() -> network.open() == 0 && only.gate().inside() == 0);
    }

    @Test
    void wakesWhoWaitsForARegionWhenItsReaderLeaves() throws InterruptedException {
        network(Duration.ofMinutes(1), region("a", 0, 4, Dialect.VLLM));
        Errand errand = begin(1);
        say("a", failure(Code.AUTHENTICATION));
        await(() -> !network.all().getFirst().takesCalls(System.nanoTime()));
        errand.cancel();
        await(() -> network.open() == 0);
    }

    @Test
    void sendsNothingOfACallWhoseChoicesHaveNotAllRoom() throws InterruptedException {
        network(SOON, region("a", 0, 1, Dialect.VLLM));
        Errand errand = errand(4);
        assertEquals(Beginning.FULL, network.begin(errand));
        assertEquals(null, calls.poll(MOMENT.toMillis(), TimeUnit.MILLISECONDS));
        assertEquals(0, network.all().getFirst().gate().inside());
    }

    @Test
    void movesWhoWaitsToARegionThatCanNotContinueButBegin() throws InterruptedException {
        Region first = region("a", 0, 1, Dialect.VLLM);
        Region other = region("b", 1, 1, Dialect.OPENAI);
        network(SOON, first, other);
        other.drain(true);
        begin(1);
        call();
        Errand waits = begin(1);
        assertEquals(1, first.gate().waiting());
        network.drain("b", false);
        network.drain("a", true);
        call();
        say("b", whole("moved"));
        assertEquals(waits.answer(), end());
        assertEquals("moved", text(waits.answer()));
    }

    @Test
    void keepsWhoWaitsWhereNoOtherHasRoom() throws InterruptedException {
        Region first = region("a", 0, 1, Dialect.VLLM);
        network(SOON, first);
        begin(1);
        call();
        Errand waits = begin(1);
        network.drain("a", true);
        TimeUnit.MILLISECONDS.sleep(MOMENT.toMillis());
        assertEquals(1, first.gate().waiting());
        network.drain("a", false);
        say("a", whole("x"));
        say("a", whole("y"));
        end();
        end();
        assertEquals(Outcome.OK, waits.answer().outcome());
    }

    @Test
    void goesOnElsewhereAtOnceWhenItsRegionIsReclaimed() throws InterruptedException {
        Region first = region("a", 0, 1, Dialect.VLLM);
        network(SOON, first, region("b", 1, 1, Dialect.VLLM));
        Errand errand = begin(1);
        call();
        say("a", piece("one "));
        await(() -> errand.answer().usage().completionTokens() == 1);
        network.reclaim("a");
        assertEquals("one ", call().said());
        say("b", whole("two"));
        assertEquals("one two", text(end()));
        assertEquals(Breaker.State.CLOSED, first.breaker().state(), "nothing failed");
        assertTrue(errand.routeJson().contains("\"why\":\"reclaimed\""), errand.routeJson());
        assertTrue(errand.routeJson().contains("\"why\":\"complete\""), errand.routeJson());
    }

    @Test
    void countsAPassageAsRunningThatWaitedAfterItFailed() throws InterruptedException {
        Region second = region("b", 1, 1, Dialect.VLLM);
        network(SOON, region("a", 0, 2, Dialect.VLLM), second);
        network.drain("a", true);
        begin(1);
        call();
        network.drain("a", false);
        Errand errand = begin(1);
        call();
        say("a", failure(Code.CONNECT));
        await(() -> second.gate().waiting() == 1);
        say("b", whole("x"));
        call();
        end();
        TimeUnit.MILLISECONDS.sleep(MOMENT.toMillis());
        assertEquals(1, network.open());
        say("b", whole("y"));
        assertEquals(Outcome.OK, errand.answer().outcome() == null ? end().outcome() : Outcome.OK);
    }

    @Test
    void endsAtItsBoundWhenOnlyTheWordThatItEndsIsLost() throws InterruptedException {
        network(SOON, region("a", 0, 1, Dialect.VLLM), region("b", 1, 1, Dialect.VLLM));
        Errand errand = errand(1, 2, false);
        network.begin(errand);
        say("a", piece("one "), piece("two"), failure(Code.BROKEN));
        Answer answer = end();
        assertEquals("length", answer.finishReasons());
        assertEquals("one two", text(answer));
    }

    @Test
    void failsAnAnswerThatIsNoJsonAcrossItsSeamButNotOneCutOffByItsBound() throws InterruptedException {
        network(SOON, region("a", 0, 1, Dialect.VLLM), region("b", 1, 1, Dialect.VLLM));
        for (String reason : List.of("stop", "length")) {
            network.begin(errand(1, 10, true));
            assertTrue(call().jsonObject());
            say("a", piece("{\"a\":"), failure(Code.BROKEN));
            assertFalse(call().jsonObject(), "a grammar begins at the beginning");
            say("b", piece("1"), new RemoteEvent.Finished(reason), new RemoteEvent.End());
            assertEquals(reason.equals("stop") ? Outcome.FAILED : Outcome.OK, end().outcome());
        }
    }

    @Test
    void takesAnAnswerThatItsServerGaveUpForCutOff() throws InterruptedException {
        network(SOON, region("a", 0, 1, Dialect.SGLANG), region("b", 1, 1, Dialect.VLLM));
        begin(1);
        say("a", piece("one "), new RemoteEvent.Finished("abort"), new RemoteEvent.End());
        say("b", whole("two"));
        assertEquals("one two", text(end()));
    }

    @Test
    void refusesWhatEveryServerWouldRefuseAtOnce() throws InterruptedException {
        network(SOON, region("a", 0, 1, Dialect.VLLM), region("b", 1, 1, Dialect.VLLM));
        begin(1);
        say("a", failure(Code.CONTEXT_LENGTH));
        assertEquals(Reason.CONTEXT_LENGTH, end().refusal().reason());
        assertEquals(1, calls.size());
    }

    @Test
    void endsAllChoicesOfACallWhenOneIsLost() throws InterruptedException {
        Region only = region("a", 0, 2, Dialect.OPENAI);
        network(MOMENT, only);
        begin(2);
        call();
        call();
        say("a", piece("x"), failure(Code.BROKEN));
        say("a", failure(Code.INVALID));
        assertEquals(Outcome.FAILED, end().outcome());
        await(() -> network.open() == 0 && only.gate().inside() == 0);
    }

    @Test
    void takesNothingWhenItEnds() throws InterruptedException {
        network(SOON, region("a", 0, 1, Dialect.VLLM));
        Errand running = begin(1);
        Errand waiting = begin(1);
        network.end();
        end();
        end();
        assertEquals(Reason.SHUTTING_DOWN, running.answer().refusal().reason());
        assertEquals(Reason.SHUTTING_DOWN, waiting.answer().refusal().reason());
        assertEquals(Beginning.NOBODY, network.begin(errand(1)));
        assertFalse(errand(1).goOn(running.answer(), 0, "said", new int[] {1}));
        await(() -> network.open() == 0);
    }

    @Test
    void endsAnswersTooThatTheEngineInThisProcessHasLost() throws InterruptedException {
        network(SOON, region("a", 0, 1, Dialect.VLLM));
        Errand lost = errand(1);
        assertTrue(lost.goOn(lost.answer(), 0, "said ", new int[] {1, 2}));
        RemoteCall call = call();
        assertEquals("said ", call.said());
        network.end();
        assertEquals(Reason.SHUTTING_DOWN, end().refusal().reason());
    }

    @Test
    void theSecondGoesOnWhereItSpeaksBeforeOneThatIsSlow() throws InterruptedException {
        Region slow = region("a", 0, 4, Dialect.VLLM, MOMENT);
        Region other = region("b", 1, 4, Dialect.VLLM);
        network(SOON, 1, slow, other);
        say("a", piece("one "));
        say("b", whole("two"));
        begin(1);
        Answer answer = end();
        assertEquals("one two", text(answer));
        assertEquals("", call().said());
        assertEquals("one ", call().said());
        assertEquals(1, other.hedgesWon());
        assertEquals(0, slow.failures(), "slow is not broken");
        await(() -> slow.gate().inside() == 0 && other.gate().inside() == 0 && network.open() == 0);
    }

    /** One call of which both were asked. */
    private Errand beginTwice(Region slow, Region other) throws InterruptedException {
        network(SOON, 1, slow, other);
        Errand errand = begin(1);
        call();
        call();
        return errand;
    }

    @Test
    void theFirstGoesOnWhereItSpeaksBeforeTheSecond() throws InterruptedException {
        Region slow = region("a", 0, 4, Dialect.VLLM, MOMENT.multipliedBy(20));
        Region other = region("b", 1, 4, Dialect.VLLM);
        Errand errand = beginTwice(slow, other);
        say("a", whole("mine"));
        assertEquals("mine", text(end()));
        assertEquals(0, other.hedgesWon());
        await(() -> slow.gate().inside() == 0 && other.gate().inside() == 0 && network.open() == 0);
        assertTrue(errand.routeJson().contains("not_needed"), errand.routeJson());
        assertTrue(other.takesCalls(System.nanoTime()), "it did nothing wrong");
    }

    @Test
    void theSecondGoesOnWhereTheFirstFailsMeanwhile() throws InterruptedException {
        Region slow = region("a", 0, 4, Dialect.VLLM, MOMENT.multipliedBy(20));
        beginTwice(slow, region("b", 1, 4, Dialect.VLLM));
        say("a", failure(Code.BROKEN));
        await(() -> slow.failures() == 1);
        say("b", whole("mine"));
        assertEquals("mine", text(end()));
        assertEquals(0, calls.size(), "nobody else was asked");
    }

    @Test
    void whoHasLeftIsAskedForNowhere() throws InterruptedException {
        Region slow = region("a", 0, 4, Dialect.VLLM, MOMENT.multipliedBy(20));
        Region other = region("b", 1, 4, Dialect.VLLM);
        Errand errand = beginTwice(slow, other);
        errand.cancel();
        await(() -> slow.gate().inside() == 0 && other.gate().inside() == 0 && network.open() == 0);
        assertEquals(0, slow.failures() + other.failures(), "neither did anything wrong");
    }

    @Test
    void reasoningIsToldApartFromTheAnswer() throws InterruptedException {
        network(SOON, region("a", 0, 4, Dialect.OPENAI));
        say("a", thought("hm"), failure(Code.BROKEN));
        say("a", thought("hm, "), new RemoteEvent.Piece("yes", "so", null, List.of()), new RemoteEvent.Finished("stop"),
                new RemoteEvent.Usage(5, 6, 0, 4), new RemoteEvent.End());
        Errand errand = begin(1);
        Answer answer = end();
        assertEquals(Outcome.OK, answer.outcome());
        assertEquals(new FlowEvent.Usage(5, 6, 0, 4), answer.usage());
        assertEquals(List.of("(hm)", "(, )", "(so)", "yes", ".", "."), told(errand), "who thinks the same again is not told twice");
    }

    @Test
    void whoGoesOnWithAnAnswerDoesNotTellItsThoughts() throws InterruptedException {
        network(SOON, region("a", 0, 4, Dialect.DEEPSEEK), region("b", 1, 4, Dialect.VLLM), region("c", 2, 4, Dialect.DEEPSEEK));
        say("a", thought("hm"), piece("one "), failure(Code.BROKEN));
        say("b", thought("two"), new RemoteEvent.Finished("length"), new RemoteEvent.Usage(5, 1_000_000, 0), new RemoteEvent.End());
        say("c", thought("well"), piece("two"), new RemoteEvent.Finished("stop"), new RemoteEvent.End());
        Errand errand = begin(1);
        assertEquals(Outcome.OK, end().outcome());
        assertEquals(List.of("(hm)", "one two", ".", "."), told(errand), "what only thinks has not gone on");
        assertEquals("", call().reasoning());
        assertEquals("hm", call().reasoning());
        assertTrue(errand.routeJson().contains("broken"), errand.routeJson());
    }

    private static RemoteEvent.Piece thought(String words) {
        return new RemoteEvent.Piece("", words, null, List.of());
    }

    /** Reasoning in brackets, other events as points. */
    private List<String> told(Errand errand) throws InterruptedException {
        Answer answer = errand.answer();
        answer.finish();
        List<String> told = new java.util.ArrayList<>();
        for (FlowEvent event = errand.answer().flow().next(MOMENT); event != null; event = errand.answer().flow().next(MOMENT)) {
            told.add(switch (event) {
                case FlowEvent.Reasoning more -> "(" + more.text() + ")";
                case FlowEvent.Text text -> text.text();
                default -> ".";
            });
        }
        return told;
    }

    @Test
    void aFileSaysThatARegionVanishes() throws Exception {
        Region vanishing = region("a", 0, 4, Dialect.VLLM);
        network(SOON, vanishing, region("b", 1, 4, Dialect.VLLM));
        ReclaimFiles files = new ReclaimFiles(network);
        say("a", piece("one "));
        begin(1);
        call();
        await(() -> vanishing.gate().inside() == 1 && says.get("a").isEmpty());
        files.look();
        assertFalse(vanishing.drained());

        Files.createFile(folder.resolve("a"));
        files.look();
        files.look();
        assertTrue(vanishing.drained());
        assertEquals("one ", call().said());
        say("b", whole("two"));
        assertEquals("one two", text(end()));

        Files.delete(folder.resolve("a"));
        files.look();
        assertFalse(vanishing.drained());
    }

    @Test
    void aShareOfTheCallsIsAskedTwice() {
        Hedges hedges = new Hedges(0.05);
        assertTrue(hedges.take(), "one is there from the beginning");
        assertFalse(hedges.take());
        int taken = 0;
        for (int i = 0; i < 1_000; i++) {
            hedges.sent();
            taken += hedges.take() ? 1 : 0;
        }
        assertEquals(50, taken, 1);
        for (int i = 0; i < 10_000; i++) {
            hedges.sent();
        }
        for (int i = 0; i < 10; i++) {
            assertTrue(hedges.take());
        }
        assertFalse(hedges.take(), "few are saved up");
        assertFalse(new Hedges(0).take());
    }

    /** Says what the test says. */
    private final class Servers implements RemoteConnectionFactory {
        private static final long serialVersionUID = 1L;

        @Override
        public RemoteConnection getConnection(RemoteSpec spec) {
            BlockingQueue<Object> mine = own.poll();
            BlockingQueue<Object> said = mine == null ? says.get(spec.name()) : mine;
            return new RemoteConnection() {
                private final CompletableFuture<Void> closed = new CompletableFuture<>();

                @Override
                public RemoteAnswer send(RemoteCall call) {
                    calls.add(call);
                    return new RemoteAnswer() {
                        @Override
                        public RemoteEvent next(Duration patience) throws RemoteException, InterruptedException {
                            long until = System.nanoTime() + patience.toNanos();
                            while (System.nanoTime() < until) {
                                if (closed.isDone()) {
                                    throw new RemoteException(Code.CLOSED, "closed");
                                }
                                Object next = said.poll(1, TimeUnit.MILLISECONDS);
                                if (next instanceof RemoteException failure) {
                                    throw failure;
                                } else if (next != null) {
                                    return (RemoteEvent) next;
                                }
                            }
                            return new RemoteEvent.Silence();
                        }

                        @Override
                        public void close() {
                            closed.complete(null);
                        }
                    };
                }

                @Override
                public List<RemoteModel> models(Duration patience) {
                    return List.of();
                }

                @Override
                public void close() {
                    closed.complete(null);
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
