package io.millrace.ejb.intake;

import io.millrace.config.Configuration;
import io.millrace.connector.engine.EngineException;
import io.millrace.ejb.audit.CallRecord;
import io.millrace.ejb.audit.Trail;
import io.millrace.ejb.batch.BatchLoop;
import io.millrace.ejb.batch.Sequence;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Elsewhere;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.metrics.CallMetrics;
import io.millrace.ejb.model.Engines;
import io.millrace.ejb.quota.Quotas;
import io.millrace.ejb.region.Errand;
import io.millrace.ejb.region.Regions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;

/**
 * Where every request enters, through whatever door: assemble the prompt, count its tokens, admit it to a lane or
 * refuse it, at once. Thread-safe. Costs the tokenising of the prompt, one lane's lock and that of the key's quota.
 */
@ApplicationScoped
public class Intake {

    private static final Logger LOG = Logger.getLogger(Intake.class.getName());

    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile boolean draining;
    private Engines engines;
    private Regions regions;
    private Trail trail;
    private CallMetrics metrics;
    private Quotas quotas;
    private Configuration configuration;

    protected Intake() {
        // for the container's proxy
    }

    @Inject
    public Intake(Engines engines, Regions regions, Trail trail, CallMetrics metrics, Quotas quotas, Configuration configuration) {
        this.engines = engines;
        this.regions = regions;
        this.trail = trail;
        this.metrics = metrics;
        this.quotas = quotas;
        this.configuration = configuration;
        metrics.showInFlight(inFlight::get);
    }

    /** Takes or refuses a request; never waits for an engine. */
    public Submission submit(GenerationRequest request) {
        Arrival arrival = Arrival.of(request);
        try {
            return admit(request, arrival);
        } catch (RefusedException e) {
            arrival.allowance().undo();
            trail.record(arrival.refused(request, e.refusal()), () -> { }, _ -> { });
            return new Submission.Refused(e.refusal());
        } catch (RuntimeException | Error e) {
            arrival.allowance().undo();
            throw e;
        }
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
                : trail.notReadyBecause().or(this::nobodyServesBecause);
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

    private Submission admit(GenerationRequest request, Arrival arrival) throws RefusedException {
        if (draining) {
            throw shuttingDown();
        }
        Optional<String> auditTrouble = trail.notReadyBecause();
        if (auditTrouble.isPresent()) {
            throw new RefusedException(Reason.AUDIT_UNAVAILABLE, "Calls can't be recorded now, so none is taken: "
                    + auditTrouble.get(), null, 5);
        }
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

    /** @param errand how the call could go on elsewhere, or null */
    private Submission here(GenerationRequest request, Arrival arrival, BatchLoop loop, Errand errand) throws RefusedException {
        Lane lane = request.lane();
        requirePlace(loop, lane, request.choices());
        arrival.allowed(Allowance.of(quotas, request, arrival.received(), configuration, loop.model().slotTokens()));
        int[] prompt = tokens(request, loop);
        int[] said = said(request, loop, prompt.length);
        arrival.counted(prompt, loop.model().name());
        int before = prompt.length + said.length;
        int maxTokens = arrival.allowance().maxTokens(before, maxTokens(request, loop.model().slotTokens() - before));
        return join(request, arrival, loop, prompt, said, maxTokens, errand);
    }

    /** Tokens of the answer that the call goes on with. */
    private static int[] said(GenerationRequest request, BatchLoop loop, int promptTokens) throws RefusedException {
        Continuation continuation = request.continuation();
        int[] said = continuation.said() != null ? continuation.said()
                : continuation.saidText() == null ? new int[0] : loop.tokenizer().encode(continuation.saidText(), false, false);
        requireKnown(IntStream.of(said), loop.model().vocabulary(), "millrace.said");
        if (promptTokens + said.length >= loop.model().slotTokens()) {
            throw new RefusedException(Reason.CONTEXT_LENGTH, "This model's context holds " + loop.model().slotTokens()
                    + " tokens; the prompt and what was said already have " + (promptTokens + said.length) + ".", "messages", 0);
        }
        return said;
    }

    private Submission join(GenerationRequest request, Arrival arrival, BatchLoop loop, int[] prompt, int[] said, int maxTokens,
                            Errand errand) throws RefusedException {
        Lane lane = request.lane();
        AtomicReference<Answer> self = new AtomicReference<>();
        Flow flow = new Flow(bufferChars(), () -> cancel(self.get(), loop, errand), inFlight::decrementAndGet);
        Answer answer = new Answer(arrival.callId(), prompt.length + said.length, request.choices(), maxTokens, request.stop(),
                loop.tokenizer(), flow, errand == null ? Elsewhere.NOBODY : errand, request.continuation().tellTokens(),
                ended -> ended(ended, request, arrival, errand));
        self.set(answer);
        answer.resume(0, said, request.continuation().saidText());
        if (errand != null) {
            errand.is(answer, Elsewhere.NOBODY);
            IntStream.range(0, request.choices()).forEach(errand::local);
            regions.servedHere(errand);
        }
        Origin origin = origin(request);
        List<Sequence> sequences = IntStream.range(0, request.choices())
                .mapToObj(choice -> new Sequence(answer, choice, lane, origin, Seeds.forChoice(request.sampling(), choice),
                        prompt, Math.min(maxTokens, loop.expectedAnswer(lane))).after(said))
                .toList();
        inFlight.incrementAndGet();
        if (!loop.offer(lane, sequences, arrival.deadlineNanos(configuration.lanes().deadline()))) {
            inFlight.decrementAndGet();
            throw noPlace(loop.nextPlace(lane), lane);
        }
        return new Submission.Accepted(arrival.callId(), loop.model().name(), arrival.received().getEpochSecond(), flow);
    }

    /** Sends the call to a region elsewhere. Its tokens are counted by whoever serves it, so the most that it may be is set aside. */
    private Submission elsewhere(GenerationRequest request, Arrival arrival, Errand errand) throws RefusedException {
        int promptTokens = Asks.mostTokens(request.prompt());
        arrival.allowed(Allowance.of(quotas, request, arrival.received(), configuration, Integer.MAX_VALUE));
        arrival.counted(request.prompt(), regions.nameOf(request.model()));
        int most = maxTokens(request, Integer.MAX_VALUE);
        int maxTokens = arrival.allowance().maxTokens(promptTokens, most);
        Errand bounded = maxTokens < most ? regions.errand(errand.ask().atMost(maxTokens), arrival.receivedNanos()) : errand;
        Flow flow = new Flow(bufferChars(), bounded::cancel, inFlight::decrementAndGet);
        Answer answer = new Answer(arrival.callId(), Asks.likelyTokens(request.prompt()), request.choices(), maxTokens, request.stop(),
                null, flow, bounded, request.continuation().tellTokens(), ended -> ended(ended, request, arrival, bounded));
        bounded.is(answer, (whose, choice, said, ids) -> takeOver(request, arrival, bounded, choice, said, ids));
        inFlight.incrementAndGet();
        Regions.Beginning beginning = regions.begin(bounded);
        if (beginning != Regions.Beginning.BEGUN) {
            inFlight.decrementAndGet();
            throw beginning == Regions.Beginning.FULL ? noPlace(regions.nextPlace(request.lane()), request.lane())
                    : new RefusedException(Reason.NO_ENGINE, "No region can serve now; try again later.", null, 5);
        }
        return new Submission.Accepted(arrival.callId(), regions.nameOf(request.model()), arrival.received().getEpochSecond(), flow);
    }

    /** The engine in this process goes on with a choice that a region elsewhere has lost. */
    private boolean takeOver(GenerationRequest request, Arrival arrival, Errand errand, int choice, String said, int[] ids) {
        Optional<BatchLoop> serving = engines.serving(request.model());
        if (serving.isEmpty()) {
            return false;
        }
        BatchLoop loop = serving.get();
        Answer answer = errand.answer();
        try {
            int most = loop.model().slotTokens() - 1;
            int[] prompt = PromptTokens.of(request.prompt(), loop.tokenizer(), most);
            int[] tokens = SaidTokens.of(said, ids, loop.tokenizer(), loop.model().vocabulary());
            if (prompt.length == 0 || prompt.length + tokens.length > most) {
                return false;
            }
            Sequence sequence = new Sequence(answer, choice, request.lane(), origin(request), Seeds.forChoice(request.sampling(), choice),
                    prompt, loop.expectedAnswer(request.lane())).after(tokens);
            if (!loop.takesMore()) {
                return false;
            }
            answer.use(choice, loop.tokenizer(), prompt.length, tokens);
            if (!loop.goOn(sequence)) {
                answer.leave(choice);
                return false;
            }
            errand.local(choice);
            return true;
        } catch (EngineException e) {
            LOG.log(Level.WARNING, "The engine in this process can''t go on with a call: {0}", e.getMessage());
            return false;
        }
    }

    private static void cancel(Answer answer, BatchLoop loop, Errand errand) {
        loop.cancel(answer);
        if (errand != null) {
            errand.cancel();
        }
    }

    /** Keys share the lanes equally; prompts are shared only between calls of one key for one user. */
    private static Origin origin(GenerationRequest request) {
        String key = request.caller().keyId();
        return new Origin(key, request.user() == null ? key : key + "/" + request.user());
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

    private int[] tokens(GenerationRequest request, BatchLoop loop) throws RefusedException {
        int most = loop.model().slotTokens() - 1;
        int[] tokens;
        try {
            tokens = PromptTokens.of(request.prompt(), loop.tokenizer(), most);
        } catch (EngineException e) {
            throw new RefusedException(Reason.INVALID, e.getMessage(), "messages", 0);
        }
        if (tokens.length > most) {
            throw new RefusedException(Reason.CONTEXT_LENGTH, "This model's context holds " + (most + 1)
                    + " tokens, of which one must be left for the answer; the prompt has "
                    + (request.prompt() instanceof Prompt.Tokens ? "" : "at least ") + tokens.length
                    + ". Shorten the messages.", "messages", 0);
        }
        if (tokens.length == 0) {
            throw new RefusedException(Reason.INVALID, "The prompt is empty.", "messages", 0);
        }
        int vocabulary = loop.model().vocabulary();
        requireKnown(IntStream.of(tokens), vocabulary, "prompt");
        requireKnown(request.sampling().logitBias().keySet().stream().mapToInt(Integer::intValue), vocabulary, "logit_bias");
        return tokens;
    }

    private static void requireKnown(IntStream tokens, int vocabulary, String param) throws RefusedException {
        var unknown = tokens.filter(token -> token < 0 || token >= vocabulary).findFirst();
        if (unknown.isPresent()) {
            throw new RefusedException(Reason.INVALID, "Token " + unknown.getAsInt()
                    + " is not in this model's vocabulary, which goes from 0 to " + (vocabulary - 1) + ".", param, 0);
        }
    }

    private int maxTokens(GenerationRequest request, int room) {
        int wanted = request.maxTokens() > 0 ? request.maxTokens() : configuration.request().defaultMaxTokens();
        int most = Math.min(room, configuration.request().maxTokens());
        return wanted > 0 ? Math.min(wanted, most) : most;
    }

    private void ended(Answer answer, GenerationRequest request, Arrival arrival, Errand errand) {
        if (errand != null) {
            regions.ended(errand);
        }
        arrival.allowance().settle(answer);
        CallRecord record = arrival.ended(request, answer, errand == null ? null : errand.routeJson());
        metrics.ended(record);
        trail.record(record, answer::finish, _ -> answer.flow().broken(new Refusal(Reason.AUDIT_UNAVAILABLE,
                "The answer is complete but could not be recorded, so it is withheld; try again later.", null, 5)));
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
        return (int) Math.clamp((duration.toMillis() + 999) / 1000, 1, Integer.MAX_VALUE);
    }
}
