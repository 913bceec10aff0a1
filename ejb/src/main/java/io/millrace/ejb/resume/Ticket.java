package io.millrace.ejb.resume;

import io.millrace.ejb.flow.Seen;
import java.util.Optional;

/**
 * What a client must show to get the rest of an answer.
 *
 * @param callId      a random UUID: it can't be guessed
 * @param keyId       only the key that asked gets the answer
 * @param fingerprint of the request, which must be the same again
 */
public record Ticket(String callId, String keyId, String fingerprint) {

    /** A call id from a stream's event id; empty where that is none. */
    static String callOf(String eventId) {
        int colon = eventId.indexOf(':');
        return colon < 0 ? "" : eventId.substring(0, colon);
    }

    /** What the client has, from a stream's event id; empty where that is none. */
    static Optional<Seen> seenOf(String eventId) {
        return Seen.of(eventId.substring(eventId.indexOf(':') + 1));
    }
}
