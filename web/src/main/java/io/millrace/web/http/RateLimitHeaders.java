package io.millrace.web.http;

import io.millrace.ejb.quota.Standing;
import io.millrace.ejb.quota.Standing.Gauge;
import jakarta.servlet.http.HttpServletResponse;

/** Tells a client how its key stands: OpenAI's {@code x-ratelimit-*}, three for each limit that the key has. */
public final class RateLimitHeaders {

    private static final long MILLIS_A_SECOND = 1000;

    private RateLimitHeaders() {}

    public static void write(Standing standing, HttpServletResponse response) {
        write("requests", standing.requests(), response);
        write("tokens", standing.tokens(), response);
    }

    private static void write(String what, Gauge gauge, HttpServletResponse response) {
        if (gauge != null) {
            response.setHeader("x-ratelimit-limit-" + what, Long.toString(gauge.limit()));
            response.setHeader("x-ratelimit-remaining-" + what, Long.toString(gauge.left()));
            response.setHeader("x-ratelimit-reset-" + what, duration(gauge.resetMillis()));
        }
    }

    /** As OpenAI writes them: {@code 0s}, {@code 17ms}, {@code 1s}, {@code 6m0s}, {@code 23h0m5s}; whole seconds rounded up. */
    static String duration(long millis) {
        if (millis > 0 && millis < MILLIS_A_SECOND) {
            return millis + "ms";
        }
        long seconds = Math.ceilDiv(millis, MILLIS_A_SECOND);
        long minutes = seconds / 60;
        String rest = seconds % 60 + "s";
        return minutes == 0 ? rest : minutes < 60 ? minutes + "m" + rest : minutes / 60 + "h" + minutes % 60 + "m" + rest;
    }
}
