package io.millrace.web.openai;

import io.millrace.web.error.ApiError;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Whether the client of a stream may lose its connection and come back for the rest, and whether it has come back. Owned by
 * the request's thread.
 *
 * <p>A client says {@code X-Millrace-Resume: true} with its request; the events that it gets then have ids. After a loss it
 * sends the same request again with the last id in {@code Last-Event-ID}. It must say so in advance, because a client that
 * never comes back should not keep an engine busy: the calls of all others are cancelled when they hang up. It says so in a
 * header, because clients and proxies can add one to every request without touching the body, which stays the same.
 */
final class Comeback {

    private static final String ABLE = "X-Millrace-Resume";
    private static final String LAST_EVENT = "Last-Event-ID";
    private static final int LONGEST_ID = 512;

    private final boolean able;
    private final String eventId;
    private final String door;
    private String fingerprint;

    private Comeback(boolean able, String eventId, String door) {
        this.able = able;
        this.eventId = eventId;
        this.door = door;
    }

    static Comeback of(HttpServletRequest request, Format format) {
        String eventId = request.getHeader(LAST_EVENT);
        return new Comeback(format.resumes() && "true".equalsIgnoreCase(request.getHeader(ABLE)),
                eventId == null || eventId.isBlank() || !format.resumes() ? null : eventId.strip(), format.door());
    }

    /** The request's body, which must be the same when it comes again. */
    void read(byte[] body) {
        if (able || eventId != null) {
            MessageDigest digest = sha256();
            digest.update(door.getBytes(StandardCharsets.UTF_8));
            fingerprint = HexFormat.of().formatHex(digest.digest(body));
        }
    }

    /** Of the request; null where its client doesn't come back. */
    String fingerprint() {
        return fingerprint;
    }

    /** Whether it has come back. */
    boolean returns() {
        return eventId != null;
    }

    /** The last event's that the client got. */
    String eventId() {
        if (eventId.length() > LONGEST_ID) {
            throw ApiError.invalid(LAST_EVENT, "'" + LAST_EVENT + "' is longer than any id of this server.");
        }
        return eventId;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
