package io.millrace.ejb.quota;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.quota.Standing.Gauge;
import io.millrace.ejb.quota.Verdict.Granted;
import io.millrace.ejb.quota.Verdict.Refused;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class QuotaTest {

    private static final Instant EVENING = Instant.parse("2026-11-24T23:50:00.500Z");

    private long nowMillis;
    private final Quota quota = new Quota(now());

    @Test
    void tokensOfAMinuteComeBackEvenly() {
        Limits limits = tokensPerMinute(600);
        settle(granted(limits, 600), 600);
        assertEquals(new Refused(Limit.TOKENS_PER_MINUTE, 600, 0, 100, 10), reserve(limits, 100));
        nowMillis += 9_999;
        assertEquals(new Refused(Limit.TOKENS_PER_MINUTE, 600, 99, 100, 1), reserve(limits, 100));
        nowMillis += 1;
        granted(limits, 100);
    }

    @Test
    void whoIsRefusedWaitsForWhatHeWillProbablyNeed() {
        Limits limits = tokensPerMinute(600);
        settle(granted(limits, 600), 600);
        assertEquals(new Refused(Limit.TOKENS_PER_MINUTE, 600, 0, 100, 25), quota.reserve(limits, now(), 100, 250));
        assertEquals(new Refused(Limit.TOKENS_PER_MINUTE, 600, 0, 100, 60), quota.reserve(limits, now(), 100, 10_000));
    }

    @Test
    void whatACallDidNotUseIsFreeWhenItEnds() {
        Limits limits = tokensPerMinute(100);
        Reservation reservation = granted(limits, 90);
        refused(limits, 20);
        settle(reservation, 30);
        granted(limits, 70);
        refused(limits, 1);
    }

    /** Otherwise two minutes' worth passed at once: what was refilled meanwhile, and what the long call gives back. */
    @Test
    void whatWasRefilledWhileACallRanIsNotGivenBackOnceMore() {
        Limits limits = tokensPerMinute(100);
        Reservation longCall = granted(limits, 100);
        nowMillis += 54_000;
        settle(granted(limits, 90), 90);
        settle(longCall, 10);
        assertEquals(10, standing(limits).tokens().left());
    }

    @Test
    void onlyTheFirstEndingOfACallCounts() {
        Limits limits = new Limits(10, 100, 1, 1000);
        know();
        Reservation reservation = granted(limits, 100);
        settle(reservation, 60);
        settle(reservation, 0);
        reservation.undo(now());
        assertEquals(new Standing(new Gauge(10, 9, 6_000), new Gauge(100, 40, 36_000)), standing(limits));
        assertThrows(IllegalStateException.class, () -> reservation.adjust(now(), 1, 1));
    }

    @Test
    void aCallThatNeverBeganLeavesNoTrace() {
        Limits limits = new Limits(10, 100, 1, 50);
        know();
        Standing before = standing(limits);
        granted(limits, 50).undo(now());
        assertEquals(before, standing(limits));
        granted(limits, 50);
    }

    @Test
    void requestsAtOnceAreFreeAgainWhenOneEnds() {
        Limits limits = new Limits(0, 0, 2, 0);
        Reservation first = granted(limits, 1);
        granted(limits, 1);
        assertEquals(new Refused(Limit.CONCURRENT_REQUESTS, 2, 0, 1, 1), reserve(limits, 1));
        settle(first, 1);
        granted(limits, 1);
    }

    @Test
    void requestsOfAMinuteComeBackOneByOne() {
        Limits limits = new Limits(2, 0, 0, 0);
        settle(granted(limits, 1), 1);
        settle(granted(limits, 1), 1);
        assertEquals(new Refused(Limit.REQUESTS_PER_MINUTE, 2, 0, 1, 30), reserve(limits, 1));
        assertEquals(new Gauge(2, 0, 60_000), standing(limits).requests());
        nowMillis += 30_000;
        settle(granted(limits, 1), 1);
        refused(limits, 1);
    }

    @Test
    void theDayEndsAtMidnightAndNotBefore() {
        Limits limits = tokensPerDay(100);
        know();
        settle(granted(limits, 100), 100);
        nowMillis += 8 * 60_000;
        assertEquals(new Refused(Limit.TOKENS_PER_DAY, 100, 0, 1, 120), reserve(limits, 1));
        assertEquals(new Gauge(100, 0, 120_000), standing(limits).tokens());
        nowMillis += 119_499;
        refused(limits, 1);
        nowMillis += 1;
        granted(limits, 100);
    }

    @Test
    void aCallOfYesterdayCountsForYesterday() {
        Limits limits = tokensPerDay(100);
        know();
        Reservation yesterday = granted(limits, 100);
        nowMillis += 10 * 60_000;
        Reservation today = granted(limits, 60);
        settle(yesterday, 100);
        assertEquals(40, standing(limits).tokens().left());
        settle(today, 10);
        assertEquals(90, standing(limits).tokens().left());
    }

    @Test
    void whatOnlyCallsUnderWayHoldIsWorthAnotherTrySoon() {
        Limits limits = tokensPerDay(100);
        know();
        granted(limits, 80);
        assertEquals(1, refused(limits, 50).waitSeconds());
    }

    @Test
    void whatIsMoreThanTheLimitItselfCanNeverPass() {
        assertEquals(new Refused(Limit.TOKENS_PER_MINUTE, 100, 100, 101, 0), reserve(tokensPerMinute(100), 101));
        know();
        assertEquals(new Refused(Limit.TOKENS_PER_DAY, 100, 100, 101, 0), reserve(tokensPerDay(100), 101));
        Limits both = new Limits(1, 100, 0, 0);
        settle(granted(both, 1), 1);
        assertEquals(0, refused(both, 101).waitSeconds(), "the request that must wait a minute can never pass all the same");
    }

    @Test
    void ofSeveralLimitsTheOneThatLastsLongestIsNamed() {
        Limits limits = new Limits(60, 60, 0, 90);
        know();
        settle(granted(limits, 60), 60);
        assertEquals(Limit.TOKENS_PER_DAY, refused(limits, 40).limit());
        assertEquals(Limit.TOKENS_PER_MINUTE, refused(limits, 20).limit());
    }

    @Test
    void anExactCountTakesWhatThereIsBetweenTheLeastAndTheMost() {
        Limits limits = new Limits(0, 100, 0, 60);
        know();
        Reservation reservation = granted(limits, 10);
        assertEquals(new Granted(reservation), reservation.adjust(now(), 20, 40));
        assertEquals(40, reservation.tokens());
        reservation.adjust(now(), 20, 1000);
        assertEquals(60, reservation.tokens());
        reservation.adjust(now(), 5, 5);
        assertEquals(5, reservation.tokens());
        assertEquals(new Refused(Limit.TOKENS_PER_DAY, 60, 60, 61, 0), reservation.adjust(now(), 61, 61));
        assertEquals(5, reservation.tokens());
        settle(reservation, 5);
        assertEquals(55, standing(limits).tokens().left());
    }

    @Test
    void anExactCountThatFindsTooLittleSaysWhenThereIsMore() {
        Limits limits = tokensPerMinute(60);
        settle(granted(limits, 30), 30);
        Reservation reservation = granted(limits, 10);
        assertEquals(new Refused(Limit.TOKENS_PER_MINUTE, 60, 30, 50, 20), reservation.adjust(now(), 50, 50));
    }

    @Test
    void whatWasUsedUnderAnotherLimitCounts() {
        settle(granted(tokensPerMinute(100), 80), 80);
        assertEquals(new Refused(Limit.TOKENS_PER_MINUTE, 200, 120, 121, 1), reserve(tokensPerMinute(200), 121));
        assertEquals(0, refused(tokensPerMinute(50), 1).left());
        granted(Limits.NONE, 1_000_000);
        granted(new Limits(0, 0, 2, 0), 1);
        assertEquals(Standing.UNLIMITED, standing(Limits.NONE));
    }

    /** An answer that began before its key's limits were changed tells them at its end. */
    @Test
    void lookingChangesNoLimit() {
        settle(granted(tokensPerMinute(100), 80), 80);
        assertEquals(new Gauge(100, 20, 48_000), standing(new Limits(5, 0, 0, 0)).tokens());
        assertEquals(20, refused(tokensPerMinute(100), 21).left());
    }

    @Test
    void theTokensThatAreToldAreThoseOfTheTighterLimit() {
        Limits limits = new Limits(0, 100, 0, 120);
        assertEquals(100, standing(limits).tokens().limit(), "what was used today isn't known yet");
        know();
        settle(granted(limits, 100), 100);
        assertEquals(100, standing(limits).tokens().limit());
        nowMillis += 60_000;
        assertEquals(new Gauge(120, 20, 540_000), standing(limits).tokens());
    }

    @Test
    void whatTheAuditHasOfTodayCounts() {
        Limits limits = tokensPerDay(100);
        assertFalse(quota.knows(now()));
        quota.learn(now().day() - 1, 5);
        assertFalse(quota.knows(now()), "that was yesterday's");
        quota.learn(now().day(), 70);
        assertTrue(quota.knows(now()));
        quota.learn(now().day(), 99);
        assertEquals(30, standing(limits).tokens().left());
        nowMillis += 10 * 60_000;
        assertTrue(quota.knows(now()), "it has seen this day from its beginning");
        assertEquals(new Gauge(100, 100, 0), standing(limits).tokens());
    }

    @Test
    void onlyWhatIsIdleIsRetiredAndThenTakesNothing() {
        Limits limits = tokensPerMinute(100);
        Duration idle = Duration.ofMinutes(10);
        Reservation reservation = granted(limits, 10);
        nowMillis += 600_000;
        assertFalse(quota.retire(now().nanos(), idle), "a call is under way");
        settle(reservation, 10);
        nowMillis += 599_999;
        assertFalse(quota.retire(now().nanos(), idle));
        nowMillis += 1;
        assertTrue(quota.retire(now().nanos(), idle));
        assertNull(quota.reserve(limits, now(), 1, 0));
    }

    @Test
    void theHighestLimitsDoNotOverflow() {
        Limits limits = new Limits(Limits.MOST_PER_MINUTE, Limits.MOST_PER_MINUTE, Limits.MOST_CONCURRENT, Limits.MOST_PER_DAY);
        know();
        Reservation reservation = granted(limits, Limits.MOST_PER_MINUTE);
        nowMillis += 1_000_000_000;
        granted(limits, Limits.MOST_PER_MINUTE);
        assertEquals(0, refused(limits, 40_000_000_000L).waitSeconds());
        settle(reservation, 0);
        assertEquals(60, refused(limits, Limits.MOST_PER_MINUTE).waitSeconds());
        assertThrows(IllegalArgumentException.class, () -> tokensPerMinute(Limits.MOST_PER_MINUTE + 1));
    }

    private void know() {
        quota.learn(now().day(), 0);
    }

    private Moment now() {
        return new Moment(Duration.ofMillis(nowMillis).toNanos(), EVENING.plusMillis(nowMillis));
    }

    private Verdict reserve(Limits limits, long tokens) {
        return quota.reserve(limits, now(), tokens, tokens);
    }

    private Reservation granted(Limits limits, long tokens) {
        return assertInstanceOf(Granted.class, reserve(limits, tokens)).reservation();
    }

    private Refused refused(Limits limits, long tokens) {
        return assertInstanceOf(Refused.class, reserve(limits, tokens));
    }

    private void settle(Reservation reservation, long used) {
        reservation.settle(now(), used);
    }

    private Standing standing(Limits limits) {
        return quota.standing(limits, now());
    }

    private static Limits tokensPerMinute(int limit) {
        return new Limits(0, limit, 0, 0);
    }

    private static Limits tokensPerDay(int limit) {
        return new Limits(0, 0, 0, limit);
    }
}
