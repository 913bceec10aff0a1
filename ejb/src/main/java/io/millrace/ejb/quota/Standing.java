package io.millrace.ejb.quota;

/**
 * How a key stands at one moment.
 *
 * @param requests of the limit on requests a minute; null where the key has none
 * @param tokens   of the limit on tokens that leaves fewer of them, the minute's or the day's; null where the key has
 *                 neither
 */
public record Standing(Gauge requests, Gauge tokens) {

    public static final Standing UNLIMITED = new Standing(null, null);

    /**
     * One limit.
     *
     * @param limit       most that there can be
     * @param left        what is there now, neither used nor set aside
     * @param resetMillis until all of it is there, if nothing more is taken
     */
    public record Gauge(long limit, long left, long resetMillis) {}
}
