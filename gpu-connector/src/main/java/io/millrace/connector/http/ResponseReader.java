package io.millrace.connector.http;

import java.io.EOFException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;

/**
 * The bytes of one HTTP/1.1 response to what they say (RFC 9112). Bytes may be cut anywhere; it takes none beyond the
 * response's end. Interim responses are passed over. Owned by one thread.
 */
final class ResponseReader {

    /** Most bytes of a head, of a chunk's first line, and of what follows the last chunk. */
    static final int LONGEST_HEAD = 64 << 10;
    private static final int MOST_DIGITS = 15;

    private enum State { STATUS, HEADERS, LENGTH, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILERS, UNTIL_CLOSED, WHOLE }

    private State state = State.STATUS;
    private final StringBuilder line = new StringBuilder(128);
    private int headBytes;
    private boolean touched;
    private int status;
    private boolean newest;
    private boolean closes;
    private boolean keeps;
    private boolean chunked;
    private long length;
    private String contentType;
    private String retryAfter;
    private long left;

    ResponseReader() {
        forget();
    }

    private void forget() {
        closes = false;
        keeps = false;
        chunked = false;
        length = -1;
        contentType = "";
        retryAfter = null;
    }

    /**
     * The next that the bytes say, or null when they say no more; a part shares their memory.
     *
     * @throws ProtocolException when they are no response
     */
    Inflow.Signal next(ByteBuffer in) throws ProtocolException {
        while (true) {
            switch (state) {
                case LENGTH, CHUNK, UNTIL_CLOSED -> {
                    if (left > 0) {
                        return in.hasRemaining() ? part(in) : null;
                    }
                    state = state == State.CHUNK ? State.CHUNK_END : State.WHOLE;
                }
                case WHOLE -> {
                    return new Inflow.Whole();
                }
                default -> {
                    if (!readLine(in)) {
                        return null;
                    }
                    String text = line.toString();
                    line.setLength(0);
                    if (take(text)) {
                        return new Inflow.Head(status, contentType, retryAfter);
                    }
                }
            }
        }
    }

    private Inflow.Part part(ByteBuffer in) {
        int size = (int) Math.min(left, in.remaining());
        ByteBuffer bytes = in.slice(in.position(), size);
        in.position(in.position() + size);
        left -= state == State.UNTIL_CLOSED ? 0 : size;
        return new Inflow.Part(List.of(bytes));
    }

    /** Whether the line that it reads is at its end. */
    private boolean readLine(ByteBuffer in) throws ProtocolException {
        while (in.hasRemaining()) {
            byte next = in.get();
            touched = true;
            if (++headBytes > LONGEST_HEAD) {
                throw new ProtocolException("a head of more than " + LONGEST_HEAD + " bytes");
            }
            if (next == '\n') {
                if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
                    line.setLength(line.length() - 1);
                }
                return true;
            }
            line.append((char) (next & 0xff));
        }
        return false;
    }

    /** Whether this line ends the head. */
    private boolean take(String text) throws ProtocolException {
        switch (state) {
            case STATUS -> begin(text);
            case HEADERS -> {
                if (text.isEmpty()) {
                    return endOfHead();
                }
                header(text);
            }
            case CHUNK_SIZE -> {
                left = size(text);
                headBytes = 0;
                state = left == 0 ? State.TRAILERS : State.CHUNK;
            }
            case CHUNK_END -> {
                if (!text.isEmpty()) {
                    throw new ProtocolException("a chunk that is longer than it says");
                }
                state = State.CHUNK_SIZE;
            }
            case TRAILERS -> state = text.isEmpty() ? State.WHOLE : state;
            default -> throw new IllegalStateException(state.name());
        }
        return false;
    }

    private void begin(String text) throws ProtocolException {
        boolean http = text.length() >= 12 && text.startsWith("HTTP/1.") && text.charAt(8) == ' ' && (text.length() == 12 || text.charAt(12) == ' ');
        if (!http || !text.substring(9, 12).chars().allMatch(Character::isDigit)) {
            throw new ProtocolException("no status line of HTTP/1.1");
        }
        status = Integer.parseInt(text, 9, 12, 10);
        if (status < 100) {
            throw new ProtocolException("a status that there is none of");
        }
        newest = text.charAt(7) != '0';
        state = State.HEADERS;
    }

    private void header(String text) throws ProtocolException {
        int colon = text.indexOf(':');
        if (colon <= 0 || !text.substring(0, colon).chars().allMatch(each -> each > ' ' && each < 0x7f)) {
            throw new ProtocolException("a header without a name");
        }
        String value = trimmed(text.substring(colon + 1));
        switch (text.substring(0, colon).toLowerCase(Locale.ROOT)) {
            case "content-type" -> contentType = value;
            case "retry-after" -> retryAfter = value;
            case "content-length" -> length = length(value);
            case "transfer-encoding" -> {
                if (chunked || !value.equalsIgnoreCase("chunked")) {
                    throw new ProtocolException("a transfer encoding that was not asked for");
                }
                chunked = true;
            }
            case "connection" -> {
                for (String option : value.split(",")) {
                    closes |= trimmed(option).equalsIgnoreCase("close");
                    keeps |= trimmed(option).equalsIgnoreCase("keep-alive");
                }
            }
            default -> { }
        }
    }

    /** Without the blanks and tabs around it, and nothing else (RFC 9110, section 5.5). */
    private static String trimmed(String value) {
        int start = 0;
        int end = value.length();
        while (start < end && (value.charAt(start) == ' ' || value.charAt(start) == '\t')) {
            start++;
        }
        while (end > start && (value.charAt(end - 1) == ' ' || value.charAt(end - 1) == '\t')) {
            end--;
        }
        return value.substring(start, end);
    }

    private long length(String value) throws ProtocolException {
        long given = number(value, 10);
        if (length >= 0 && length != given) {
            throw new ProtocolException("two content lengths");
        }
        return given;
    }

    private static long size(String text) throws ProtocolException {
        int end = text.indexOf(';');
        return number(trimmed(end < 0 ? text : text.substring(0, end)), 16);
    }

    /** Digits alone, and not so many that they could overflow. */
    private static long number(String digits, int radix) throws ProtocolException {
        boolean good = !digits.isEmpty() && digits.length() <= MOST_DIGITS;
        long number = 0;
        for (int i = 0; good && i < digits.length(); i++) {
            int digit = digits.charAt(i) < 0x80 ? Character.digit(digits.charAt(i), radix) : -1;
            good = digit >= 0;
            number = number * radix + digit;
        }
        if (!good) {
            throw new ProtocolException("a length that is no number");
        }
        return number;
    }

    /** Whether it is one of a final response (RFC 9112, section 6.3). */
    private boolean endOfHead() throws ProtocolException {
        if (status == 101) {
            throw new ProtocolException("a change to a protocol that was not asked for");
        }
        if (status < 200) {
            forget();
            state = State.STATUS;
            return false;
        }
        headBytes = 0;
        if (status == 204 || status == 304) {
            state = State.WHOLE;
        } else if (chunked) {
            // where there is a length too, or an HTTP that knows no chunks, somebody on the way may have understood it otherwise
            closes |= length >= 0 || !newest;
            state = State.CHUNK_SIZE;
        } else {
            closes |= length < 0;
            left = length >= 0 ? length : Long.MAX_VALUE;
            state = length >= 0 ? State.LENGTH : State.UNTIL_CLOSED;
        }
        return true;
    }

    /** The connection was closed. @throws EOFException when the response isn't whole by that */
    Inflow.Signal closed() throws EOFException {
        if (state != State.UNTIL_CLOSED && state != State.WHOLE) {
            throw new EOFException("it was closed before the response ended");
        }
        state = State.WHOLE;
        return new Inflow.Whole();
    }

    /** Whether nothing has come of it. */
    boolean isUntouched() {
        return !touched;
    }

    boolean isGood() {
        return status >= 200 && status < 300;
    }

    /** Whether it is whole and another one may follow. */
    boolean leavesConnection() {
        return state == State.WHOLE && !closes && (newest || keeps);
    }
}
