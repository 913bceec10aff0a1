package io.millrace.ejb.intake;

import io.millrace.config.Configuration;
import io.millrace.ejb.audit.GroupWriter;
import io.millrace.ejb.audit.Trail;
import io.millrace.ejb.batch.BatchLoop;
import io.millrace.ejb.batch.Sequence;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.context.Conversations;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Elsewhere;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.Reader;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.flow.Seen;
import io.millrace.ejb.flow.ThinkTags;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.metrics.CallMetrics;
import io.millrace.ejb.model.Engines;
import io.millrace.ejb.quota.Quotas;
import io.millrace.ejb.region.Errand;
import io.millrace.ejb.region.Outbound;
import io.millrace.ejb.region.Regions;
import io.millrace.ejb.resume.Kept;
import io.millrace.ejb.resume.Legacy;
import io.millrace.ejb.resume.Resumables;
import io.millrace.ejb.resume.Ticket;
import jakarta.annotation.PostConstruct;
import jakarta.ejb.EJB;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * Where every request enters, through whatever door: assemble the prompt, count its tokens, admit it to a lane or
 * refuse it, at once. Thread-safe. Costs the tokenising of the prompt, one lane's lock and that of the key's quota.
 */
@ApplicationScoped
public class Intake {

    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile boolean draining;
    // not @Inject: CDI looks a session bean's own proxy up at each call, with an exception on the way
    @EJB private Engines engines;
    @EJB private Regions regionBean;
    @EJB private Trail trailBean;
    private Outbound regions;
    private GroupWriter trail;
    @Inject private CallMetrics metrics;
    @Inject private Quotas quotas;
    @Inject private Configuration configuration;
    @Inject private Resumables resumables;
    @EJB private Conversations conversations;
    private Successor successor;
    private Remembering remembering;
    private Endings endings;

    @PostConstruct
    void start() {
        regions = regionBean.outbound();
        trail = trailBean.writer();
        successor = new Successor(engines);
        remembering = new Remembering(conversations, configuration);
        Summaries summaries = configuration.conversations().summaries()
                ? new Summaries(conversations, engines, this::submit, configuration.lanes().deadline()) : null;
        endings = new Endings(regions, metrics, remembering, trail, summaries);
        metrics.showInFlight(inFlight::get);
    }

    /** Takes or refuses a request; never waits for an engine. */
    public Submission submit(GenerationRequest request) {
        return submit(request, null);
    }

    /**
     * The same for a client that may come back for the rest of its answer: when it goes away, the call goes on for a while.
     *
     * @param fingerprint of what it sent, which must be the same again; null: it doesn't come back
     */
    public Submission submit(GenerationRequest request, String fingerprint) {
        Arrival arrival = Arrival.of(request, fingerprint);
        try {
            return admit(request, arrival);
        } catch (RefusedException e) {
            resumables.forget(arrival.callId());
            arrival.undo();
            trail.record(arrival.refused(request, e.refusal()), () -> { }, _ -> { });
            return new Submission.Refused(e.refusal());
        } catch (RuntimeException | Error e) {
            resumables.forget(arrival.callId());
            arrival.undo();
            throw e;
        }
    }

    /**
     * A client comes back for the rest of an answer, with the same request. May wait for {@link Resumables#find}.
     *
     * @param eventId the last event's that it got
     */
    public Submission resume(GenerationRequest request, String fingerprint, String eventId) throws InterruptedException {
        return switch (resumables.find(eventId, request.caller().keyId(), fingerprint)) {
            case Kept.Found.Rest rest -> new Submission.Accepted(rest.callId(), rest.shown().model(), rest.shown().createdSeconds(),
                    rest.reader(), rest.seen(), null);
            case Kept.Found.Left left -> takeUp(request.with(left.legacy().facts().seed()), left.legacy(), left.seen());
            case Kept.Found.Nothing why -> new Submission.Refused(NoRest.because(why));
        };
    }

    /** Goes on with a call whose node is gone. Where that isn't possible now, its client may try again. */
    private Submission takeUp(GenerationRequest request, Legacy legacy, Seen seen) {
        Arrival arrival = Arrival.of(request, legacy);
        try {
            requireOpen();
            return takeUp(remembering.prompt(request, arrival, Optional::empty), arrival, legacy, seen);
        } catch (RefusedException e) {
            resumables.release(legacy);
            arrival.undo();
            return new Submission.Refused(e.refusal());
        } catch (RuntimeException | Error e) {
            resumables.release(legacy);
            arrival.undo();
            throw e;
        }
    }

    private Submission takeUp(GenerationRequest request, Arrival arrival, Legacy legacy, Seen seen) throws RefusedException {
        arrival.allowed(Allowance.of(quotas, request, Instant.now(), configuration, Integer.MAX_VALUE));
        arrival.counted(request.prompt(), legacy.shown().model());
        int maxTokens = arrival.allowance().maxTokens(Asks.mostTokens(request.prompt()), legacy.facts().maxTokens());
        Errand errand = regions.errand(Asks.of(request, arrival, configuration).atMost(maxTokens), arrival.receivedNanos());
        Flow flow = new Flow(bufferChars(), errand::cancel, inFlight::decrementAndGet);
        Answer answer = new Answer(arrival.callId(), Asks.likelyTokens(request.prompt()), request.choices(), maxTokens, request.stop(), null,
                flow, errand, true, ended -> endings.ended(ended, request, arrival, errand));
        prepare(answer, request, arrival);
        errand.is(answer, (_, choice, said, ids) -> successor.takeOver(request, errand, choice, said, ids));
        if (!resumables.keep(legacy, flow)) {
            throw new RefusedException(Reason.NO_ENGINE, "There is no room for this answer now; try again later.", null, 1);
        }
        Reader reader = flow.readFrom(seen);
        inFlight.incrementAndGet();
        boolean goesOn = false;
        try {
            goesOn = successor.goOn(request, errand, legacy, seen, maxTokens);
        } finally {
            if (!goesOn) {
                inFlight.decrementAndGet();
                regions.ended(errand);
            }
        }
        if (!goesOn) {
            throw new RefusedException(Reason.NO_ENGINE, "Nobody can go on with this answer now; try again later.", null, 1);
        }
        resumables.adopt(legacy);
        return new Submission.Accepted(arrival.callId(), legacy.shown().model(), legacy.shown().createdSeconds(), reader, seen, arrival.session() == null ? null : arrival.session().told());
    }

    /** How much of a server that stops is not over: answers on their way, records not on disk, engines not closed. */
    public record Open(int answers, long records, int engines) {}

    /** From now on everything new is refused; what is on its way goes on. */
    public void drain() {
        draining = true;
    }

    /** Ends what is still on its way: each call fails, is recorded, and its reader told. Returns at once; see {@link #open}. */
    public void end() {
        draining = true;
        engines.end();
        regions.end();
    }

    /** What {@link #drain} and {@link #end} still wait for. */
    public Open open() {
        // in this order: an engine's calls become records before it is closed, and a record comes before its answer's end
        int openEngines = engines.open() + regions.open();
        long openRecords = trail.open();
        return new Open(inFlight.get(), openRecords, openEngines);
    }

    public boolean draining() {
        return draining;
    }

    /** Why a request that comes now would be refused whatever it asks, in a sentence; empty when it wouldn't. */
    public Optional<String> notReadyBecause() {
        return draining ? Optional.of("Millrace is shutting down")
                : trail.trouble().or(this::nobodyServesBecause);
    }

    /** Why no engine can serve, here or elsewhere, in a sentence; empty when one can. */
    public Optional<String> nobodyServesBecause() {
        Optional<String> here = regions.localName() == null ? Optional.of("no engine runs in this process") : engines.notReadyBecause();
        return here.isEmpty() || !regions.any() ? here : regions.notReadyBecause();
    }

    /** Answers that have not been written to their last byte. */
    public int inFlight() {
        return inFlight.get();
    }

    private Submission admit(GenerationRequest asked, Arrival arrival) throws RefusedException {
        requireOpen();
        GenerationRequest request = remembering.prompt(asked, arrival, () -> engines.serving(asked.model()));
        if (!regions.any() || request.continuation().goesOn()) {
            return here(request, arrival, loopFor(request.model()), null);
        }
        BatchLoop loop = engines.serving(request.model()).orElse(null);
        Errand errand = regions.errand(Asks.of(request, arrival, configuration), arrival.receivedNanos());
        boolean room = loop != null && loop.hasRoom(request.lane(), request.choices());
        if (regions.elsewhereFirst(errand, room ? loop.outlook(request.lane()).toNanos() : -1)) {
            return elsewhere(request, arrival, errand);
        }
        if (loop == null && engines.notReadyBecause().isPresent() && regions.knows(request.model())) {
            throw new RefusedException(Reason.NO_ENGINE, "No region can serve now; the operator finds the reason in the log.", null, 5);
        }
        return here(request, arrival, loop == null ? loopFor(request.model()) : loop, errand);
    }

    private void requireOpen() throws RefusedException {
        if (draining) {
            throw shuttingDown();
        }
        Optional<String> auditTrouble = trail.trouble();
        if (auditTrouble.isPresent()) {
            throw new RefusedException(Reason.AUDIT_UNAVAILABLE, "Calls can't be recorded now, so none is taken: "
                    + auditTrouble.get(), null, 5);
        }
    }

    /** @param errand how the call could go on elsewhere, or null */
    private Submission here(GenerationRequest request, Arrival arrival, BatchLoop loop, Errand errand) throws RefusedException {
        Lane lane = request.lane();
        requirePlace(loop, lane, request.choices());
        arrival.allowed(Allowance.of(quotas, request, arrival.received(), configuration, loop.model().slotTokens()));
        int[] prompt = Counting.tokens(request, loop);
        int[] said = Counting.said(request, loop, prompt.length);
        arrival.counted(prompt, loop.model().name());
        int before = prompt.length + said.length;
        int maxTokens = arrival.allowance().maxTokens(before, Counting.maxTokens(request, configuration.request(), loop.model().slotTokens() - before));
        return join(request, arrival, loop, prompt, said, maxTokens, errand);
    }

    private Submission join(GenerationRequest request, Arrival arrival, BatchLoop loop, int[] prompt, int[] said, int maxTokens,
                            Errand errand) throws RefusedException {
        Lane lane = request.lane();
        AtomicReference<Answer> self = new AtomicReference<>();
        Flow flow = flow(request, arrival, maxTokens, loop.model().name(), () -> cancel(self.get(), loop, errand));
        Answer answer = new Answer(arrival.callId(), prompt.length + said.length, request.choices(), maxTokens, request.stop(),
                loop.tokenizer(), flow, errand == null ? Elsewhere.NOBODY : errand, tellsTokens(request, arrival),
                ended -> endings.ended(ended, request, arrival, errand));
        self.set(answer);
        prepare(answer, request, arrival);
        answer.resume(0, said, request.continuation().saidText());
        if (errand != null) {
            errand.is(answer, Elsewhere.NOBODY);
            IntStream.range(0, request.choices()).forEach(errand::local);
            regions.servedHere(errand);
        }
        Origin origin = Successor.origin(request);
        List<Sequence> sequences = IntStream.range(0, request.choices())
                .mapToObj(choice -> new Sequence(answer, choice, lane, origin, Seeds.forChoice(request.sampling(), choice),
                        prompt, Math.min(maxTokens, loop.expectedAnswer(lane))).after(said))
                .toList();
        inFlight.incrementAndGet();
        if (!loop.offer(lane, sequences, arrival.deadlineNanos(configuration.lanes().deadline()))) {
            inFlight.decrementAndGet();
            throw noPlace(loop.nextPlace(lane), lane);
        }
        return arrival.accepted(request, loop.model().name(), flow);
    }

    /** Sends the call to a region elsewhere. Its tokens are counted by whoever serves it, so the most that it may be is set aside. */
    private Submission elsewhere(GenerationRequest request, Arrival arrival, Errand errand) throws RefusedException {
        int promptTokens = Asks.mostTokens(request.prompt());
        arrival.allowed(Allowance.of(quotas, request, arrival.received(), configuration, Integer.MAX_VALUE));
        arrival.counted(request.prompt(), regions.nameOf(request.model()));
        int most = Counting.maxTokens(request, configuration.request(), Integer.MAX_VALUE);
        int maxTokens = arrival.allowance().maxTokens(promptTokens, most);
        Errand bounded = maxTokens < most ? regions.errand(errand.ask().atMost(maxTokens), arrival.receivedNanos()) : errand;
        Flow flow = flow(request, arrival, maxTokens, regions.nameOf(request.model()), bounded::cancel);
        Answer answer = new Answer(arrival.callId(), Asks.likelyTokens(request.prompt()), request.choices(), maxTokens, request.stop(),
                null, flow, bounded, tellsTokens(request, arrival), ended -> endings.ended(ended, request, arrival, bounded));
        prepare(answer, request, arrival);
        bounded.is(answer, (_, choice, said, ids) -> successor.takeOver(request, bounded, choice, said, ids));
        inFlight.incrementAndGet();
        Regions.Beginning beginning = begin(bounded);
        if (beginning != Regions.Beginning.BEGUN) {
            inFlight.decrementAndGet();
            throw beginning == Regions.Beginning.FULL ? noPlace(regions.nextPlace(request.lane()), request.lane())
                    : new RefusedException(Reason.NO_ENGINE, "No region can serve now; try again later.", null, 5);
        }
        return arrival.accepted(request, regions.nameOf(request.model()), flow);
    }

    private void prepare(Answer answer, GenerationRequest request, Arrival arrival) {
        if (arrival.session() != null) {
            answer.keepText();
        }
        if (request.prompt() instanceof Prompt.Chat chat) {
            answer.tellThoughtsApart(switch (configuration.engine().reasoning()) {
                case AUTO -> ThinkTags.Apart.AUTO;
                case ON -> ThinkTags.Apart.ALWAYS;
                case OFF -> ThinkTags.Apart.NEVER;
            }, chat.begun());
        }
    }

    private Regions.Beginning begin(Errand errand) {
        try {
            return regions.begin(errand);
        } catch (RuntimeException | Error e) {
            inFlight.decrementAndGet();
            regions.ended(errand);
            throw e;
        }
    }

    /** The way of an answer to its client, kept where that may come back and there is room for it. */
    private Flow flow(GenerationRequest request, Arrival arrival, int maxTokens, String model, Runnable onCancel) {
        Flow flow = new Flow(bufferChars(), onCancel, inFlight::decrementAndGet);
        if (arrival.fingerprint() != null) {
            boolean shared = !request.continuation().goesOn() && request.sampling().logprobs() < 0;
            arrival.keep(resumables.keep(new Ticket(arrival.callId(), request.caller().keyId(), arrival.fingerprint()),
                    new Kept.Shown(model, arrival.received().getEpochSecond(), request.choices()),
                    shared ? new Kept.Facts(arrival.received().toEpochMilli(), request.sampling().seed(), maxTokens) : null, flow));
        }
        return flow;
    }

    /** Whether the tokens are needed beside the text: by the client, or by a node that goes on when this one dies. */
    private boolean tellsTokens(GenerationRequest request, Arrival arrival) {
        return request.continuation().tellTokens() || arrival.kept() && resumables.shares();
    }

    private static void cancel(Answer answer, BatchLoop loop, Errand errand) {
        loop.cancel(answer);
        if (errand != null) {
            errand.cancel();
        }
    }

    private BatchLoop loopFor(String model) throws RefusedException {
        Optional<BatchLoop> loop = engines.serving(model);
        if (loop.isPresent()) {
            return loop.get();
        }
        Optional<String> reason = engines.notReadyBecause();
        if (reason.isPresent()) {
            throw new RefusedException(Reason.NO_ENGINE, "No engine can serve now: " + reason.get(), null, 5);
        }
        throw new RefusedException(Reason.UNKNOWN_MODEL, "The model '" + Shown.of(model)
                + "' is not served here; GET /v1/models lists those that are.", "model", 0);
    }

    private int bufferChars() {
        return Math.toIntExact(configuration.flow().buffer().bytes());
    }

    /** Refuses at once who would not get a turn anyway. */
    private void requirePlace(BatchLoop loop, Lane lane, int choices) throws RefusedException {
        if (!loop.hasRoom(lane, choices)) {
            throw noPlace(loop.nextPlace(lane), lane);
        }
        Duration wait = loop.outlook(lane);
        Duration deadline = configuration.lanes().deadline();
        if (wait.compareTo(deadline) > 0) {
            throw new RefusedException(Reason.DEADLINE, "Lane " + lane + " has work for about " + wait.toSeconds()
                    + " s before this request, more than the " + deadline.toSeconds() + " s that one may wait.", null,
                    seconds(wait.minus(deadline)));
        }
    }

    private RefusedException noPlace(Duration nextPlace, Lane lane) {
        if (draining) {
            return shuttingDown();
        }
        int seconds = seconds(nextPlace);
        return new RefusedException(Reason.LANE_FULL, "Lane " + lane + " is full; a place is expected to be free in "
                + seconds + " s.", null, seconds);
    }

    private static RefusedException shuttingDown() {
        return new RefusedException(Reason.DRAINING, "Millrace is shutting down and takes nothing new; try again later.", null, 5);
    }

    /** Whole ones, rounded up; at least 1. */
    private static int seconds(Duration duration) {
        return Math.clamp((duration.toMillis() + 999) / 1000, 1, Integer.MAX_VALUE);
    }
}
