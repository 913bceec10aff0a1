package io.millrace.ejb.quota;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What one node has let through of one key's calls, for the other nodes. All but the last five counts only ever matter as
 * differences.
 *
 * @param requests        let in since the node began, less those that never began
 * @param tokens          the same, less those given back
 * @param day             the UTC day of the next two, counted from 1970
 * @param usedToday       tokens of calls that ended on this node
 * @param heldToday       tokens set aside for those under way
 * @param underWay        calls
 * @param missingRequests of a full minute's worth, at {@code atMillis}
 * @param missingTokens   the same
 * @param atMillis        since 1970
 */
record Use(long requests, long tokens, long day, long usedToday, long heldToday, int underWay, long missingRequests, long missingTokens,
           long atMillis) {

    static final Use NOTHING = new Use(0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** Tokens that ended calls used on a day; 0 for any other day. */
    long usedOn(long when) {
        return day == when ? usedToday : 0;
    }

    /** The same of a node that is gone: nothing is under way there. */
    Use gone() {
        return new Use(requests, tokens, day, usedToday, 0, 0, missingRequests, missingTokens, atMillis);
    }

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(72);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (long each : new long[] {requests, tokens, day, usedToday, heldToday, underWay, missingRequests, missingTokens, atMillis}) {
                out.writeLong(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Use of(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            return new Use(in.readLong(), in.readLong(), in.readLong(), in.readLong(), in.readLong(), (int) in.readLong(), in.readLong(),
                    in.readLong(), in.readLong());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
