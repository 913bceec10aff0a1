package io.millrace.connector.http;

import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteException.Code;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A server's "no", by its status or by its words: in a stream, where the status was 200 long before, there are only
 * words. Pure.
 */
final class Refusals {

    private static final int LONGEST_WAIT_S = 24 * 60 * 60;
    /** Statuses that speak of this server, where another may know the path, the model or a longer body. */
    private static final Set<Integer> OF_THIS_SERVER = Set.of(404, 405, 406, 413, 415, 421);

    /**
     * vLLM, OpenAI and DeepSeek: "maximum context length is"; SGLang: "longer than the model's context length";
     * llama.cpp: "exceeds the available context size", and with status 500 "Context size has been exceeded".
     */
    private static final Pattern CONTEXT = Pattern.compile("context[ _](length|size|window)|maximum model length", Pattern.CASE_INSENSITIVE);

    private Refusals() {}

    /** @param retryAfter the header's value, or null */
    static RemoteException answered(String server, int status, String retryAfter, ErrorBody body, Discretion discretion, Instant now) {
        Code code = codeOf(status, body);
        String said = body.message().isEmpty() ? "" : ": " + discretion.clean(body.message());
        boolean elsewhere = code == Code.INVALID ? OF_THIS_SERVER.contains(status) : code != Code.CONTEXT_LENGTH;
        String what = status >= 300 && status < 400 ? " with a redirect, which is never followed; correct the address" : said;
        return new RemoteException(code, server + " answered " + status + what, retryAfterSeconds(retryAfter, now), elsewhere, null);
    }

    /** A failure that was told in the middle of a stream, or in place of one. */
    static RemoteException told(String server, ErrorBody body, Discretion discretion) {
        Code code = body.status() >= 400 ? codeOf(body.status(), body) : codeOfWords(body);
        return new RemoteException(code, server + " gave the answer up: "
                + discretion.clean(body.message().isEmpty() ? body.kind() : body.message()));
    }

    private static Code codeOf(int status, ErrorBody body) {
        if ((status >= 500 || status == 400 || status == 413 || status == 422) && isContextLength(body)) {
            return Code.CONTEXT_LENGTH;
        }
        return switch (status) {
            case 401, 403 -> Code.AUTHENTICATION;
            case 402 -> Code.PAYMENT;
            case 408 -> Code.UNAVAILABLE;
            case 429 -> isPayment(body) ? Code.PAYMENT : Code.REFUSED_BUSY;
            default -> status >= 500 ? Code.UNAVAILABLE : status >= 400 ? Code.INVALID : Code.GARBAGE;
        };
    }

    private static Code codeOfWords(ErrorBody body) {
        String kind = body.kind();
        if (isContextLength(body)) {
            return Code.CONTEXT_LENGTH;
        }
        if (isPayment(body)) {
            return Code.PAYMENT;
        }
        if (kind.contains("rate_limit")) {
            return Code.REFUSED_BUSY;
        }
        if (kind.contains("api_key") || kind.contains("authentication") || kind.contains("permission")) {
            return Code.AUTHENTICATION;
        }
        return kind.contains("invalid") || kind.contains("badrequest") ? Code.INVALID : Code.UNAVAILABLE;
    }

    private static boolean isContextLength(ErrorBody body) {
        return CONTEXT.matcher(body.kind()).find() || CONTEXT.matcher(body.message()).find();
    }

    /** OpenAI says with 429 that the account is empty. */
    private static boolean isPayment(ErrorBody body) {
        return body.kind().contains("insufficient_quota") || body.kind().contains("insufficient_balance");
    }

    /** Seconds or a date (RFC 9110, section 10.2.3), at most a day; 0: absent, past or unreadable. */
    static int retryAfterSeconds(String header, Instant now) {
        if (header == null) {
            return 0;
        }
        String value = header.strip();
        if (value.matches("\\d{1,9}")) {
            return Math.min(LONGEST_WAIT_S, Integer.parseInt(value));
        }
        try {
            Instant until = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ROOT)).toInstant();
            return (int) Math.clamp(Duration.between(now, until).plusMillis(999).toSeconds(), 0, LONGEST_WAIT_S);
        } catch (DateTimeParseException e) {
            return 0;
        }
    }
}
