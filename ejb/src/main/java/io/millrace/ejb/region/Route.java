package io.millrace.ejb.region;

import java.util.ArrayList;
import java.util.List;

/**
 * Which regions took part in a call, and when, for its audit record: JSON, an array of objects with {@code region},
 * {@code choice}, {@code atMs} (sent), {@code acceptedMs} (taken), {@code endedMs} and {@code why} it ended, in milliseconds
 * since the call came. Thread-safe.
 */
final class Route {

    /** Of a call that is handed on again and again, only the first and the last are kept. */
    private static final int MOST_LEGS = 24;

    /** One engine's part in it. */
    final class Leg {
        private final String region;
        private final int choice;
        private final long at;
        private long accepted;
        private long ended;
        private String why = "open";

        private Leg(String region, int choice, long at) {
            this.region = region;
            this.choice = choice;
            this.at = at;
        }

        void accepted(long nowNanos) {
            synchronized (Route.this) {
                accepted = nowNanos;
            }
        }

        /** @param how {@code complete}, or what failed in small letters */
        void ended(long nowNanos, String how) {
            synchronized (Route.this) {
                if (ended == 0) {
                    ended = nowNanos;
                    why = how;
                }
            }
        }
    }

    private final long receivedNanos;
    private final List<Leg> legs = new ArrayList<>();

    Route(long receivedNanos) {
        this.receivedNanos = receivedNanos;
    }

    synchronized Leg leg(String region, int choice, long nowNanos) {
        Leg leg = new Leg(region, choice, nowNanos);
        if (legs.size() >= MOST_LEGS) {
            legs.remove(MOST_LEGS / 2);
        }
        legs.add(leg);
        return leg;
    }

    /** The call has ended, and with it all that is open. */
    synchronized void close(long nowNanos, String how) {
        legs.forEach(leg -> leg.ended(nowNanos, how));
    }

    synchronized String json() {
        StringBuilder json = new StringBuilder("[");
        for (Leg leg : legs) {
            json.append(json.length() > 1 ? "," : "").append("{\"region\":\"").append(leg.region).append("\",\"choice\":")
                    .append(leg.choice).append(",\"atMs\":").append(ms(leg.at));
            if (leg.accepted != 0) {
                json.append(",\"acceptedMs\":").append(ms(leg.accepted));
            }
            if (leg.ended != 0) {
                json.append(",\"endedMs\":").append(ms(leg.ended));
            }
            json.append(",\"why\":\"").append(leg.why).append("\"}");
        }
        return json.append(']').toString();
    }

    private String ms(long nanos) {
        long micros = Math.max(0, nanos - receivedNanos) / 1000;
        return micros / 1000 + "." + Long.toString(1000 + micros % 1000).substring(1);
    }
}
