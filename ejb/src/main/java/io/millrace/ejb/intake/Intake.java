package io.millrace.ejb.intake;

import io.millrace.config.Configuration;
import io.millrace.connector.engine.EngineException;
import io.millrace.ejb.audit.CallRecord;
import io.millrace.ejb.audit.Trail;
import io.millrace.ejb.batch.BatchLoop;
import io.millrace.ejb.batch.Sequence;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.metrics.CallMetrics;
import io.millrace.ejb.model.Engines;
import io.millrace.ejb.quota.Quotas;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
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
    private Engines engines;
    private Trail trail;
    private CallMetrics metrics;
    private Quotas quotas;
    private Configuration configuration;

    protected Intake() {
        // for the container's proxy
    }

    @Inject
    public Intake(Engines engines, Trail trail, CallMetrics metrics, Quotas quotas, Configuration configuration) {
        this.engines = engines;
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
    }

    /** What {@link #drain} and {@link #end} still wait for. */
    public Open open() {
        // in this order: an engine's calls become records before it is closed, and a record comes before its answer's end
        int openEngines = engines.open();
        long openRecords = trail.open();
        return new Open(inFlight.get(), openRecords, openEngines);
    }

    public boolean draining() {
        return draining;
    }

    /** Why a request that comes now would be refused whatever it asks, in a sentence; empty when it wouldn't. */
    public Optional<String> notReadyBecause() {
        return draining ? Optional.of("Millrace is shutting down")
                : trail.notReadyBecause().or(engines::notReadyBecause);
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
        BatchLoop loop = loopFor(request.model());
        Lane lane = request.lane();
        requirePlace(loop, lane, request.choices());
        arrival.allowed(Allowance.of(quotas, request, arrival.received(), configuration, loop.model().slotTokens()));
        int[] prompt = tokens(request, loop);
        arrival.counted(prompt, loop.model().name());
        int maxTokens = arrival.allowance().maxTokens(prompt.length, maxTokens(request, loop.model().slotTokens() - prompt.length));
        return join(request, arrival, loop, prompt, maxTokens, lane);
    }

    private Submission join(GenerationRequest request, Arrival arrival, BatchLoop loop, int[] prompt, int maxTokens,
                            Lane lane) throws RefusedException {
        AtomicReference<Answer> self = new AtomicReference<>();
        Flow flow = new Flow(bufferChars(), () -> loop.cancel(self.get()), inFlight::decrementAndGet);
        Answer answer = new Answer(arrival.callId(), prompt.length, request.choices(), maxTokens, request.stop(),
                loop.tokenizer(), flow, ended -> ended(ended, request, arrival));
        self.set(answer);
        Origin origin = origin(request);
        List<Sequence> sequences = IntStream.range(0, request.choices())
                .mapToObj(choice -> new Sequence(answer, choice, lane, origin, Seeds.forChoice(request.sampling(), choice),
                        prompt, Math.min(maxTokens, loop.expectedAnswer(lane))))
                .toList();
        inFlight.incrementAndGet();
        if (!loop.offer(lane, sequences, arrival.deadlineNanos(configuration.lanes().deadline()))) {
            inFlight.decrementAndGet();
            throw noPlace(loop, lane);
        }
        return new Submission.Accepted(arrival.callId(), loop.model().name(), arrival.received().getEpochSecond(), flow);
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

    private void ended(Answer answer, GenerationRequest request, Arrival arrival) {
        arrival.allowance().settle(answer);
        CallRecord record = arrival.ended(request, answer);
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
            throw noPlace(loop, lane);
        }
        Duration wait = loop.outlook(lane);
        Duration deadline = configuration.lanes().deadline();
        if (wait.compareTo(deadline) > 0) {
            throw new RefusedException(Reason.DEADLINE, "Lane " + lane + " has work for about " + wait.toSeconds()
                    + " s before this request, more than the " + deadline.toSeconds() + " s that one may wait.", null,
                    seconds(wait.minus(deadline)));
        }
    }

    private RefusedException noPlace(BatchLoop loop, Lane lane) {
        if (draining) {
            return shuttingDown();
        }
        int seconds = seconds(loop.nextPlace(lane));
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
