package io.millrace.ejb.quota;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.ejb.quota.Verdict.Granted;
import io.millrace.ejb.quota.Verdict.Refused;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Two nodes' quotas of one key, each of which hears of the other before it decides. */
class PeersTest {

    private static final long SECOND = 1_000_000_000L;
    private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");

    private final Map<String, Quota> there = new HashMap<>(Map.of("a", new Quota(at(0)), "b", new Quota(at(0))));

    private final Set<String> dead = new HashSet<>();

    private static Moment at(double seconds) {
        return new Moment((long) (seconds * SECOND), NOON.plusMillis((long) (seconds * 1000)));
    }

    private Verdict reserve(String node, Limits limits, double seconds, long tokens) {
        Map<String, Use> others = new HashMap<>();
        there.forEach((name, quota) -> {
            if (!name.equals(node)) {
                Use use = Use.of(quota.use(at(seconds)).bytes());
                others.put(name, dead.contains(name) ? use.gone() : use);
            }
        });
        Quota quota = there.get(node);
        quota.heed(others, limits, at(seconds));
        quota.learn(at(seconds).day(), 0);
        return quota.reserve(limits, at(seconds), tokens, tokens);
    }

    private Reservation granted(String node, Limits limits, double seconds, long tokens) {
        return assertInstanceOf(Granted.class, reserve(node, limits, seconds, tokens)).reservation();
    }

    private void refused(Limit limit, String node, Limits limits, double seconds, long tokens) {
        assertEquals(limit, assertInstanceOf(Refused.class, reserve(node, limits, seconds, tokens)).limit());
    }

    @Test
    void requestsOfAMinuteAreCountedTogether() {
        Limits limits = new Limits(4, 0, 0, 0);
        granted("a", limits, 0, 1);
        granted("b", limits, 0, 1);
        granted("a", limits, 0, 1);
        granted("b", limits, 0, 1);
        refused(Limit.REQUESTS_PER_MINUTE, "a", limits, 0, 1);
        refused(Limit.REQUESTS_PER_MINUTE, "b", limits, 0, 1);
        granted("b", limits, 15, 1);
        refused(Limit.REQUESTS_PER_MINUTE, "a", limits, 15, 1);
    }

    @Test
    void whatACallDidNotUseIsFreeOnBoth() {
        Limits limits = new Limits(0, 100, 0, 100);
        Reservation call = granted("a", limits, 0, 90);
        refused(Limit.TOKENS_PER_MINUTE, "b", limits, 0, 20);
        call.settle(at(1), 30);
        granted("b", limits, 1, 60);
        refused(Limit.TOKENS_PER_DAY, "a", limits, 60, 20);
    }

    @Test
    void theDaysUseOutlivesItsNodeAndWhatItHadSetAsideDoesNot() {
        Limits limits = new Limits(0, 0, 0, 100);
        granted("b", limits, 0, 1).undo(at(0));
        granted("a", limits, 0, 40).settle(at(1), 40);
        granted("a", limits, 1, 50);
        refused(Limit.TOKENS_PER_DAY, "b", limits, 2, 20);
        dead.add("a");
        refused(Limit.TOKENS_PER_DAY, "b", limits, 3, 70);
        granted("b", limits, 3, 60);
    }

    @Test
    void aNodeThatIsNewHeedsTheMinuteThatIsUsed() {
        Limits limits = new Limits(0, 60, 0, 0);
        granted("a", limits, 0, 60).settle(at(0), 60);
        there.put("b", new Quota(at(10)));
        refused(Limit.TOKENS_PER_MINUTE, "b", limits, 10, 12);
        granted("b", limits, 10, 10);
        refused(Limit.TOKENS_PER_MINUTE, "a", limits, 10, 1);
    }

    @Test
    void aKeyThatOnlyANodeUsedThatIsGoneIsNotFresh() {
        Limits limits = new Limits(1, 0, 1, 0);
        granted("a", limits, 0, 1);
        dead.add("a");
        there.put("b", new Quota(at(10)));
        refused(Limit.REQUESTS_PER_MINUTE, "b", limits, 10, 1);
        granted("b", limits, 71, 1);
    }

    @Test
    void placesAreCountedTogether() {
        Limits limits = new Limits(0, 0, 2, 0);
        Reservation first = granted("a", limits, 0, 1);
        granted("b", limits, 0, 1);
        refused(Limit.CONCURRENT_REQUESTS, "b", limits, 0, 1);
        first.settle(at(1), 1);
        granted("b", limits, 1, 1);
    }
}
