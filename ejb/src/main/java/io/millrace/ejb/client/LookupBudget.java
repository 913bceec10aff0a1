package io.millrace.ejb.client;

/** So many lookups a second, and as many at once after a quiet second. Not thread-safe: its owner locks. */
final class LookupBudget {
    private static final double NANOS_A_SECOND = 1e9;

    private final int perSecond;
    private double left;
    private long countedAtNanos;

    LookupBudget(int perSecond, long nowNanos) {
        this.perSecond = perSecond;
        this.left = perSecond;
        this.countedAtNanos = nowNanos;
    }

    boolean take(long nowNanos) {
        left = Math.min(perSecond, left + (nowNanos - countedAtNanos) / NANOS_A_SECOND * perSecond);
        countedAtNanos = nowNanos;
        if (left < 1) {
            return false;
        }
        left--;
        return true;
    }
}
