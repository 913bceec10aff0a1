package io.millrace.ejb.intake;

import io.millrace.config.Configuration;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.FlowEvent.Usage;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.quota.Limit;
import io.millrace.ejb.quota.Moment;
import io.millrace.ejb.quota.Quotas;
import io.millrace.ejb.quota.Reservation;
import io.millrace.ejb.quota.Verdict;
import java.time.Instant;

/**
 * What a call's key lets it use: set aside before the prompt is read, made exact when its tokens are counted, and
 * settled when the call has ended. Thread-safe.
 *
 * <p>A request that names {@code max_tokens} gets them or is refused. For one that names none {@code
 * limits.default-answer} tokens are set aside, or fewer where fewer are left, and its answer ends there with the finish
 * reason {@code length}. With fewer than {@value #LEAST_ANSWER} it is refused instead, because nobody wants such an
 * answer.
 */
final class Allowance {

    /** For calls before their key was asked, and of keys without limits. */
    static final Allowance UNLIMITED = new Allowance(null, null, 0);

    private static final int LEAST_ANSWER = 16;
    /** Of a template, around a message. */
    private static final int TOKENS_A_TURN = 32;
    private static final int CHARS_A_TOKEN = 2;
    private static final int AUDIT_RETRY_SECONDS = 5;

    private final Reservation reservation;
    private final GenerationRequest request;
    private final int defaultAnswer;

    private Allowance(Reservation reservation, GenerationRequest request, int defaultAnswer) {
        this.reservation = reservation;
        this.request = request;
        this.defaultAnswer = defaultAnswer;
    }

    /**
     * Sets aside what the request needs at least, whatever its prompt turns out to be: nobody is refused for a guess.
     *
     * @param slotTokens the model's context: prompt and answer are not longer
     */
    static Allowance of(Quotas quotas, GenerationRequest request, Instant received, Configuration settings, int slotTokens)
            throws RefusedException {
        Configuration.Request bounds = settings.request();
        int answer = request.maxTokens() > 0 ? Math.min(request.maxTokens(), bounds.maxTokens())
                : bounds.defaultMaxTokens() > 0 ? Math.min(bounds.defaultMaxTokens(), LEAST_ANSWER)
                : Math.min(bounds.maxTokens(), LEAST_ANSWER);
        long answers = (long) request.choices() * answer;
        long least = Math.min(1 + answers, slotTokens);
        long likely = Math.min(guess(request.prompt()), slotTokens) + answers;
        Verdict verdict = quotas.reserve(request.caller().keyId(), request.caller().limits(), received, least, likely).orElse(null);
        return verdict == null ? UNLIMITED : new Allowance(granted(verdict), request, settings.limits().defaultAnswer());
    }

    /**
     * Sets aside exactly what the call may use.
     *
     * @param most tokens that each answer may have where its key sets no limit
     * @return tokens that each answer may have
     */
    int maxTokens(int promptTokens, int most) throws RefusedException {
        if (reservation == null || !request.caller().limits().ofTokens()) {
            return most;
        }
        boolean named = request.maxTokens() > 0;
        int wanted = named ? most : Math.min(most, defaultAnswer);
        int least = named ? most : Math.min(most, LEAST_ANSWER);
        granted(reservation.adjust(now(), whole(promptTokens, least), whole(promptTokens, wanted)));
        return (int) Math.min(wanted, (reservation.tokens() - promptTokens) / request.choices());
    }

    /** The call has ended, however it did. One that never had its first step used nothing. */
    void settle(Answer answer) {
        if (reservation != null) {
            Usage usage = answer.usage();
            reservation.settle(now(), answer.startedNanos() == 0 ? 0 : usage.promptTokens() + usage.completionTokens());
        }
    }

    /** The call was refused. */
    void undo() {
        if (reservation != null) {
            reservation.undo(now());
        }
    }

    /** A prompt is computed once, whatever the number of answers. */
    private long whole(int promptTokens, int answerTokens) {
        return promptTokens + (long) request.choices() * answerTokens;
    }

    /** Tokens of a prompt that nobody has counted: rather too many, so that who waits for them is not sent away again. */
    private static long guess(Prompt prompt) {
        return switch (prompt) {
            case Prompt.Chat chat -> chat.turns().stream().mapToLong(turn -> TOKENS_A_TURN + turn.content().length() / CHARS_A_TOKEN).sum();
            case Prompt.Text text -> 1 + text.text().length() / CHARS_A_TOKEN;
            case Prompt.Tokens tokens -> tokens.tokens().length;
        };
    }

    private static Reservation granted(Verdict verdict) throws RefusedException {
        return switch (verdict) {
            case Verdict.Granted granted -> granted.reservation();
            case Verdict.Refused refused -> throw refused(refused);
            case Verdict.Unknown unknown -> throw new RefusedException(Reason.AUDIT_UNAVAILABLE,
                    "What this key used today can't be read now, so its call is not taken: " + unknown.why(), null, AUDIT_RETRY_SECONDS);
        };
    }

    private static RefusedException refused(Verdict.Refused refused) {
        String limit = refused.limit().words();
        if (refused.waitSeconds() == 0) {
            return new RefusedException(Reason.BEYOND_LIMIT, "This request asks for at least " + refused.wanted()
                    + " tokens, of its prompt and all that its answers may have. The limit of this key is " + refused.bound() + " "
                    + limit + ", so it can never pass. Shorten the prompt, or ask for less with 'max_tokens'.", "max_tokens", 0);
        }
        String why = refused.limit() == Limit.CONCURRENT_REQUESTS
                ? "This key has " + refused.bound() + " requests under way, as many as it may have at once."
                : "This key has reached its limit of " + refused.bound() + " " + limit + ": " + refused.left() + " left, at least "
                        + refused.wanted() + " asked for.";
        return new RefusedException(Reason.RATE_LIMIT, why + " Try again in " + refused.waitSeconds() + " s.", null,
                refused.waitSeconds());
    }

    private static Moment now() {
        return new Moment(System.nanoTime(), Instant.now());
    }
}
