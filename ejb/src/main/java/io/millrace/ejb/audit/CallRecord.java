package io.millrace.ejb.audit;

import java.time.Duration;
import java.time.Instant;

/**
 * One call as the audit keeps it: who, what, when, how it ended; never what was said.
 *
 * @param callId       unique
 * @param keyId        the API key's id
 * @param endpoint     the door it came through
 * @param model        name of the model
 * @param lane         P0 to P3
 * @param received     when it came
 * @param queued       time from receipt to its first step
 * @param firstToken   time from receipt to its first token; null when none came
 * @param total        time from receipt to its end
 * @param promptTokens of the prompt
 * @param completionTokens of all answers
 * @param cachedTokens of the prompt, not computed
 * @param outcome      {@code ok}, {@code cancelled}, {@code refused} or {@code failed}
 * @param detail       finish reasons or the refusal's reason; never prompt text
 * @param promptHash   SHA-256 of the prompt's tokens, lower-case hex; null where it was refused before that
 * @param route        which regions took part and when, JSON; null where only the engine in this process could
 * @param context      what the prompt got from its conversation, JSON; null where it belongs to none
 * @param answerHash   SHA-256 of the answer's text, lower-case hex; null where there is none
 */
public record CallRecord(String callId, String keyId, String endpoint, String model, String lane, Instant received,
                         Duration queued, Duration firstToken, Duration total, int promptTokens, int completionTokens,
                         int cachedTokens, String outcome, String detail, String promptHash, String answerHash, String route, String context) {
}
