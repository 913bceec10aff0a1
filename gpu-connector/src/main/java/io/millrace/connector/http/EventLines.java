package io.millrace.connector.http;

import io.millrace.connector.remote.RemoteException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Bytes to the data of server-sent events (WHATWG HTML, section 9.2.6): lines end in CR, LF or both, a byte order mark
 * in front is skipped, an event without its blank line is dropped. Stricter than that section in one thing: a line of an
 * unknown field, or that is not UTF-8, is no part of this protocol. Bytes may be cut anywhere. Owned by the reader.
 *
 * <p>A field called {@code error} counts as data: llama.cpp's server sent failures so until 2025.
 */
final class EventLines {

    /** Most bytes of a line, and most characters of an event's data. */
    static final int LONGEST = 1 << 20;

    private static final int FIRST_SIZE = 512;
    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final Consumer<String> events;
    private byte[] line = new byte[FIRST_SIZE];
    private int length;
    private boolean afterReturn;
    private boolean first = true;
    /** Of the event that is being read; null: it has none yet. */
    private String data;

    /** @param events gets each event's data */
    EventLines(Consumer<String> events) {
        this.events = events;
    }

    /** @throws RemoteException with {@code GARBAGE} when a line or an event has no end within {@link #LONGEST} */
    void read(ByteBuffer bytes) throws RemoteException {
        while (bytes.hasRemaining()) {
            byte next = bytes.get();
            if (next == '\n' && afterReturn) {
                afterReturn = false;
            } else if (next == '\n' || next == '\r') {
                afterReturn = next == '\r';
                endLine();
            } else {
                afterReturn = false;
                append(next);
            }
        }
    }

    private void append(byte next) throws RemoteException {
        if (length == line.length) {
            if (length == LONGEST) {
                throw tooLong("a line");
            }
            line = Arrays.copyOf(line, Math.min(LONGEST, length * 2));
        }
        line[length++] = next;
    }

    private void endLine() throws RemoteException {
        int start = first && length >= MARK.length && Arrays.equals(line, 0, MARK.length, MARK, 0, MARK.length) ? MARK.length : 0;
        first = false;
        int end = length;
        length = 0;
        if (start == end) {
            dispatch();
        } else if (line[start] != ':') {
            field(text(start, end));
        }
    }

    /** A word whose bytes were damaged on the way would be missing without anybody's notice. */
    private String text(int start, int end) throws RemoteException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line, start, end - start)).toString();
        } catch (CharacterCodingException e) {
            throw new RemoteException(RemoteException.Code.GARBAGE, "a line of the stream is not UTF-8", e);
        }
    }

    private void field(String text) throws RemoteException {
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        switch (name) {
            case "data", "error" -> { }
            case "event", "id", "retry" -> {
                return;
            }
            default -> throw new RemoteException(RemoteException.Code.GARBAGE, "a line of the stream has no field that there is");
        }
        String value = colon < 0 ? "" : text.substring(text.startsWith(" ", colon + 1) ? colon + 2 : colon + 1);
        if (data != null && data.length() + value.length() >= LONGEST) {
            throw tooLong("an event");
        }
        data = data == null ? value : data + '\n' + value;
    }

    private void dispatch() {
        if (data != null) {
            String whole = data;
            data = null;
            events.accept(whole);
        }
    }

    private static RemoteException tooLong(String what) {
        return new RemoteException(RemoteException.Code.GARBAGE, what + " of the stream is longer than " + LONGEST + " bytes");
    }
}
