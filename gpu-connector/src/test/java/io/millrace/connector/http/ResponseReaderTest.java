package io.millrace.connector.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseReaderTest {

    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final int SEEDS = 2_000;

    /** What a reader was told, and in what state it is after that. */
    private static final class Told {
        final ResponseReader reader = new ResponseReader();
        final StringBuilder body = new StringBuilder();
        Inflow.Head head;
        boolean whole;

        Told read(String bytes, Random cuts) throws ProtocolException {
            byte[] all = bytes.getBytes(StandardCharsets.ISO_8859_1);
            int at = 0;
            while (at < all.length && !whole) {
                int size = cuts == null ? all.length : Math.min(all.length - at, 1 + cuts.nextInt(12));
                ByteBuffer some = ByteBuffer.wrap(all, at, size);
                take(some);
                at += size - some.remaining();
            }
            assertEquals(all.length, at, "it takes just the response");
            return this;
        }

        private void take(ByteBuffer some) throws ProtocolException {
            for (Inflow.Signal signal = reader.next(some); signal != null && !whole; signal = whole ? null : reader.next(some)) {
                switch (signal) {
                    case Inflow.Head given -> head = given;
                    case Inflow.Part(List<ByteBuffer> parts) -> body.append(StandardCharsets.ISO_8859_1.decode(parts.getFirst()));
                    default -> whole = assertInstanceOf(Inflow.Whole.class, signal) != null;
                }
            }
        }
    }

    @Test
    void bytesMayBeCutAnywhere() throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            String body = "x".repeat(random.nextInt(40)) + "\r\n\n" + "y".repeat(random.nextInt(300));
            boolean chunked = random.nextBoolean();
            String response = (random.nextBoolean() ? "HTTP/1.1 100 Continue\r\nRetry-After: 9\r\n\r\n" : "") + "HTTP/1.1 429\r\ncontent-TYPE:  text/event-stream \r\n"
                    + "X-Other: a: b\r\n" + (chunked ? "Transfer-Encoding: chunked\r\n\r\n" + chunks(body, random) : "Content-Length: " + body.length() + "\r\n\r\n" + body);
            Told told = new Told().read(response, random);
            assertEquals(new Inflow.Head(429, "text/event-stream", null), told.head);
            assertEquals(body, told.body.toString());
            assertTrue(told.whole && told.reader.leavesConnection(), "seed " + seed);
        }
    }

    private static String chunks(String body, Random random) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < body.length()) {
            int size = Math.min(body.length() - at, 1 + random.nextInt(100));
            out.append(random.nextBoolean() ? Integer.toHexString(size) : "0" + Integer.toHexString(size).toUpperCase(java.util.Locale.ROOT) + ";name=\"value\"")
                    .append("\r\n").append(body, at, at + size).append("\r\n");
            at += size;
        }
        return out + (random.nextBoolean() ? "0\r\n\r\n" : "000\r\nChecksum: 7\r\n\r\n");
    }

    @Test
    void whatEndsWithTheConnectionLeavesNone() throws Exception {
        Told told = new Told().read("HTTP/1.0 200 OK\r\nRetry-After: 3\r\n\r\nsome text", null);
        assertEquals("3", told.head.retryAfter());
        assertEquals("some text", told.body.toString());
        assertFalse(told.whole);
        assertInstanceOf(Inflow.Whole.class, told.reader.closed());
        assertFalse(told.reader.leavesConnection());
    }

    @Test
    void onlyAServerThatKeepsTheConnectionLeavesIt() throws Exception {
        assertTrue(new Told().read("HTTP/1.1 204 No Content\r\n\r\n", null).reader.leavesConnection());
        assertTrue(new Told().read("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n", null).reader.leavesConnection());
        assertFalse(new Told().read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", null).reader.leavesConnection());
        assertFalse(new Told().read("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", null).reader.leavesConnection());
        assertFalse(new Told().read("HTTP/1.0 200 OK\r\nConnection: x-keep-alive\r\nContent-Length: 0\r\n\r\n", null).reader.leavesConnection());
        assertFalse(new Told().read(CHUNKED.replace("1.1", "1.0").replace("\r\n\r\n", "\r\nConnection: keep-alive\r\n\r\n") + "0\r\n\r\n", null).reader.leavesConnection());
        assertFalse(new Told().read(CHUNKED.replace("\r\n\r\n", "\r\nContent-Length: 1\r\n\r\n") + "0\r\n\r\n", null).reader.leavesConnection(),
                "a length beside chunks may have been believed by somebody on the way");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour", CHUNKED + "5\r\nfour", CHUNKED + "4\r\nfour\r\n"})
    void aConnectionThatIsClosedTooEarlyBreaksOff(String bytes) throws Exception {
        Told told = new Told().read(bytes, null);
        assertThrows(EOFException.class, told.reader::closed);
        assertEquals(bytes.isEmpty(), told.reader.isUntouched());
    }

    @ParameterizedTest
    @ValueSource(strings = {"SSH-2.0-OpenSSH_9.6\r\n", "HTTP/2 200\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 101 Switching\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n", "HTTP/1.1 200 OK\r\n: no name\r\n", "HTTP/1.1 099 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: \u000bchunked\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n", "HTTP/1.1 200 OK\r\nContent-Length: \r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n", CHUNKED + "g\r\n", CHUNKED + "+1\r\n",
        CHUNKED + "\r\n", CHUNKED + "1234567890abcdef\r\n", CHUNKED + "1\r\ntwo"})
    void whatIsNoResponseIsSaidToBeNone(String bytes) {
        assertThrows(ProtocolException.class, () -> new Told().read(bytes + "\r\n\r\n", null));
    }

    @Test
    void aHeadWithoutEndIsNotReadOn() {
        assertThrows(ProtocolException.class, () -> new Told().read("HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(20_000), null));
        assertThrows(ProtocolException.class, () -> new Told().read("H".repeat(100_000), null));
        assertThrows(ProtocolException.class, () -> new Told().read("HTTP/1.1 102 Processing\r\n\r\n".repeat(10_000), null));
        assertThrows(ProtocolException.class, () -> new Told().read(CHUNKED + "0\r\n" + "X: y\r\n".repeat(20_000), null));
    }

    @Test
    void nothingIsTakenBeyondTheEnd() throws Exception {
        ByteBuffer two = ByteBuffer.wrap("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 500 X\r\n".getBytes(StandardCharsets.US_ASCII));
        ResponseReader reader = new ResponseReader();
        assertInstanceOf(Inflow.Head.class, reader.next(two));
        assertInstanceOf(Inflow.Part.class, reader.next(two));
        assertInstanceOf(Inflow.Whole.class, reader.next(two));
        assertEquals("HTTP/1.1 500 X\r\n".length(), two.remaining());
        assertNull(new ResponseReader().next(two), "another reader goes on there");
    }
}
