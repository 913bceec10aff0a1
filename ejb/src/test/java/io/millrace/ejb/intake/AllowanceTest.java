package io.millrace.ejb.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Configuration;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome.Sampled;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import io.millrace.ejb.client.Caller;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.quota.Limits;
import io.millrace.ejb.quota.Quotas;
import io.millrace.persistence.Transactions;
import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class AllowanceTest {

    private static final int CONTEXT = 2048;
    private static final Configuration DEFAULTS = Configuration.load(Optional.empty(), Map.of(), new Properties());
    private static final Tokenizer TOKENIZER = new SimulatedEngine(1, 256, 16, Faults.none()).tokenizer();

    private final Quotas quotas = new Quotas(new EmptyAudit(), DEFAULTS);

    @Test
    void aKeyWithoutLimitsOfTokensAllowsEverything() throws RefusedException {
        assertEquals(1000, allowance(request(Limits.NONE, 0, 1)).maxTokens(10, 1000));
        assertEquals(1000, allowance(request(new Limits(1, 0, 1, 0), 0, 1)).maxTokens(10, 1000));
    }

    @Test
    void whoNamesMaxTokensGetsThemOrIsRefused() throws RefusedException {
        assertEquals(40, allowance(request(tokens(100), 40, 2)).maxTokens(10, 40));
        assertEquals(10, left(100));
        assertReason(Reason.RATE_LIMIT, () -> allowance(request(tokens(100), 10, 1)));
        assertReason(Reason.RATE_LIMIT, () -> allowance(request(tokens(100), 9, 1)).maxTokens(2, 9));
    }

    @Test
    void whoNamesNoneGetsWhatIsLeftForEachAnswer() throws RefusedException {
        assertEquals(30, allowance(request(tokens(100), 0, 3)).maxTokens(10, 1000));
        assertEquals(0, left(100));
    }

    @Test
    void whoNamesNoneLeavesTheRestToOthers() throws RefusedException {
        assertEquals(4096, allowance(request(tokens(10_000), 0, 1)).maxTokens(10, 100_000));
        assertEquals(4096, allowance(request(tokens(10_000), 0, 1)).maxTokens(10, 100_000));
        assertEquals(10_000 - 2 * 4106, left(10_000));
    }

    @Test
    void whoNamesNoneIsNotAnsweredWithAStub() throws RefusedException {
        allowance(request(tokens(100), 80, 1)).maxTokens(2, 80);
        assertReason(Reason.RATE_LIMIT, () -> allowance(request(tokens(100), 0, 1)).maxTokens(10, 1000));
    }

    /** max_tokens may be larger than the context; the answer is not. */
    @Test
    void nobodyIsRefusedForTokensThatHisAnswerCanNotHave() throws RefusedException {
        assertEquals(CONTEXT - 10, allowance(request(tokens(CONTEXT), 1_000_000, 1)).maxTokens(10, CONTEXT - 10));
    }

    @Test
    void whatCanNeverPassIsSaidToAndNotAskedBack() {
        Refusal early = assertReason(Reason.BEYOND_LIMIT, () -> allowance(request(tokens(100), 100, 1)));
        assertEquals(0, early.retryAfterSeconds());
        assertEquals("max_tokens", early.param());
        assertTrue(early.message().contains("at least 101 tokens") && early.message().contains("100 tokens per day"), early.message());
        assertReason(Reason.BEYOND_LIMIT, () -> allowance(request(tokens(100), 50, 1)).maxTokens(51, 50));
    }

    @Test
    void anAnswerIsPaidByItsTokensAndAWaitForNothingIsFree() throws RefusedException {
        Allowance answered = allowance(request(tokens(100), 40, 1));
        answered.maxTokens(10, 40);
        Answer answer = answer(10);
        answer.started(1);
        answer.accept(0, new Sampled(new SlotId(0), 'a', Float.NaN, List.of()), 2);
        answer.fail(new Refusal(Reason.ENGINE_FAILED, "lost", null, 0));
        answered.settle(answer);
        assertEquals(89, left(100));

        Allowance waited = allowance(request(tokens(100), 40, 1));
        waited.maxTokens(10, 40);
        waited.settle(answer(10));
        waited.undo();
        assertEquals(89, left(100));
    }

    private Allowance allowance(GenerationRequest request) throws RefusedException {
        return Allowance.of(quotas, request, Instant.now(), DEFAULTS, CONTEXT);
    }

    private long left(int limit) {
        return quotas.standing("key", tokens(limit)).tokens().left();
    }

    private static Refusal assertReason(Reason reason, Executable call) {
        Refusal refusal = assertThrows(RefusedException.class, call).refusal();
        assertEquals(reason, refusal.reason(), refusal.message());
        assertEquals(reason == Reason.BEYOND_LIMIT, refusal.retryAfterSeconds() == 0, refusal.message());
        return refusal;
    }

    private static Answer answer(int promptTokens) {
        return new Answer("call", promptTokens, 1, 40, List.of(), TOKENIZER, new Flow(1000, () -> { }, () -> { }), _ -> { });
    }

    private static GenerationRequest request(Limits limits, int maxTokens, int choices) {
        return new GenerationRequest(new Caller("key", "name", Lane.P1, limits), "/v1/x", null, new Prompt.Text("x"), Sampling.GREEDY,
                maxTokens, List.of(), choices, Lane.P1, null, false);
    }

    /** A day's: those of a minute would grow while the test runs. */
    private static Limits tokens(int perDay) {
        return new Limits(0, 0, 0, perDay);
    }

    /** In which no key has used anything. */
    private static final class EmptyAudit implements Transactions {
        @Override
        @SuppressWarnings("unchecked") // the only question is how many tokens were used
        public <T> T call(Function<EntityManager, T> work) {
            return (T) Long.valueOf(0);
        }
    }
}
