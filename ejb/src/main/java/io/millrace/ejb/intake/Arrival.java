package io.millrace.ejb.intake;

import io.millrace.ejb.audit.CallRecord;
import io.millrace.ejb.context.Session;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.FlowEvent.Usage;
import io.millrace.ejb.flow.Reader;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.flow.Seen;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.resume.Legacy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;

/** What is known of a call from the moment it came; becomes its audit record when it ends. Owned by one thread at a time. */
final class Arrival {

    private final String callId;
    private final Instant received;
    private final long receivedNanos;
    private String model;
    private final Lane lane;
    private final String fingerprint;
    private final boolean inherited;
    private int promptTokens;
    private String promptHash;
    private Allowance allowance = Allowance.UNLIMITED;
    private boolean kept;
    private Session session;

    private Arrival(String callId, Instant received, String model, Lane lane, String fingerprint, boolean inherited) {
        this.inherited = inherited;
        this.callId = callId;
        this.received = received;
        this.receivedNanos = System.nanoTime() - Math.max(0, Duration.between(received, Instant.now()).toNanos());
        this.model = model;
        this.lane = lane;
        this.fingerprint = fingerprint;
    }

    /** @param fingerprint of the request; null: its client doesn't come back */
    static Arrival of(GenerationRequest request, String fingerprint) {
        return new Arrival(UUID.randomUUID().toString(), Instant.now(), Shown.of(request.model()), request.lane(), fingerprint, false);
    }

    /** A call that came to a node that is gone. */
    static Arrival of(GenerationRequest request, Legacy legacy) {
        return new Arrival(legacy.ticket().callId(), Instant.ofEpochMilli(legacy.facts().receivedMillis()), legacy.shown().model(),
                request.lane(), legacy.ticket().fingerprint(), true);
    }

    /** Whether another node had it before. */
    boolean inherited() {
        return inherited;
    }

    /** It has its conversation, until that is given back. */
    void holds(Session its) {
        session = its;
    }

    /** Null where it has none. */
    Session session() {
        return session;
    }

    /** It was not let in: what it had is given back. */
    void undo() {
        allowance.undo();
        if (session != null) {
            session.close();
        }
    }

    String fingerprint() {
        return fingerprint;
    }

    /** @param room whether there is room for its client to come back */
    void keep(boolean room) {
        kept = room;
    }

    /** It is let in: its client may read, and may come back where there was room for that. */
    Submission.Accepted accepted(GenerationRequest request, String servedBy, Flow flow) {
        Seen seen = new Seen(request.choices());
        Reader reader = kept ? flow.readFrom(seen) : null;
        return new Submission.Accepted(callId, servedBy, received.getEpochSecond(), reader == null ? flow : reader, reader == null ? null : seen, session == null ? null : session.told());
    }

    boolean kept() {
        return kept;
    }

    void counted(int[] prompt, String servedModel) {
        model = servedModel;
        promptTokens = prompt.length;
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * prompt.length);
        bytes.asIntBuffer().put(prompt);
        promptHash = HexFormat.of().formatHex(sha256().digest(bytes.array()));
    }

    /** A prompt that is counted elsewhere. Its hash is of roles and texts, each ended by a zero byte. */
    void counted(Prompt prompt, String servedModel) {
        model = servedModel;
        MessageDigest digest = sha256();
        switch (prompt) {
            case Prompt.Chat chat -> chat.turns().forEach(turn -> {
                add(digest, turn.role());
                add(digest, turn.content());
            });
            case Prompt.Text text -> add(digest, text.text());
            case Prompt.Tokens tokens -> {
                counted(tokens.tokens(), servedModel);
                return;
            }
        }
        promptHash = HexFormat.of().formatHex(digest.digest());
    }

    private static void add(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }

    long receivedNanos() {
        return receivedNanos;
    }

    void allowed(Allowance granted) {
        allowance = granted;
    }

    Allowance allowance() {
        return allowance;
    }

    String callId() {
        return callId;
    }

    Instant received() {
        return received;
    }

    long deadlineNanos(Duration patience) {
        return receivedNanos + patience.toNanos();
    }

    CallRecord refused(GenerationRequest request, Refusal refusal) {
        Duration total = Duration.ofNanos(System.nanoTime() - receivedNanos);
        return record(request, total, null, total, new Usage(promptTokens, 0, 0), "refused", refusal.reason().name(), null, null);
    }

    /** @param route which regions took part, JSON; null where only the engine in this process could */
    CallRecord ended(GenerationRequest request, Answer answer, String route) {
        Duration total = Duration.ofNanos(System.nanoTime() - receivedNanos);
        Usage usage = answer.usage();
        return record(request, since(answer.startedNanos(), total), since(answer.firstTokenNanos(), null), total, usage,
                answer.outcome().name().toLowerCase(Locale.ROOT),
                answer.refusal() == null ? answer.finishReasons() : answer.refusal().reason().name(),
                usage.completionTokens() == 0 ? null : answer.textHash(), route);
    }

    private CallRecord record(GenerationRequest request, Duration queued, Duration firstToken, Duration total,
                              Usage usage, String outcome, String detail, String answerHash, String route) {
        return new CallRecord(callId, request.caller().keyId(), request.endpoint(), model, lane.name(), received, queued,
                firstToken, total, usage.promptTokens(), usage.completionTokens(), usage.cachedTokens(), outcome, detail,
                promptHash, answerHash, route, session == null || session.told() == null ? null : session.told().json());
    }

    private Duration since(long nanos, Duration never) {
        return nanos == 0 ? never : Duration.ofNanos(nanos - receivedNanos);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
