package io.millrace.connector.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.connector.remote.RemoteException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class EventLinesTest {

    @Test
    void readsWhatTheStandardSays() throws RemoteException {
        assertEquals(List.of("a"), read("data: a\n\n"));
        assertEquals(List.of("a"), read("data:a\r\n\r\n"));
        assertEquals(List.of("a", "b"), read("data: a\r\rdata: b\r\r"));
        assertEquals(List.of(" a"), read("data:  a\n\n"));
        assertEquals(List.of("a\nb"), read("data: a\ndata: b\n\n"));
        assertEquals(List.of("a"), read("\uFEFFdata: a\n\n"));
        assertEquals(List.of("a"), read(": comment\n\nevent: x\nid: 1\ndata: a\nretry: 5\n\n\n"));
        assertEquals(List.of(""), read("data\n\n"));
        assertEquals(List.of("a:b"), read("data: a:b\n\n"));
        assertEquals(List.of("a"), read("data: a\n\ndata: cut off"));
    }

    /** A damaged line would otherwise be a word that is missing. */
    @Test
    void aLineOfNoKnownFieldOrNotUtf8IsGarbage() {
        assertEquals(RemoteException.Code.GARBAGE, assertThrows(RemoteException.class, () -> read("database: a\n\n")).code());
        byte[] bytes = {'d', 'a', 't', 'a', ':', (byte) 0xFF, '\n'};
        assertEquals(RemoteException.Code.GARBAGE, assertThrows(RemoteException.class,
                () -> new EventLines(_ -> { }).read(ByteBuffer.wrap(bytes))).code());
    }

    @Test
    void anEventOfManyLinesIsBoundedToo() {
        String line = "data: " + "x".repeat(1 << 18) + "\n";
        assertEquals(RemoteException.Code.GARBAGE, assertThrows(RemoteException.class, () -> read(line.repeat(5))).code());
    }

    @Test
    void theLongestLineIsTaken() throws RemoteException {
        assertEquals(1, read("data: " + "x".repeat(EventLines.LONGEST - 6) + "\n\n").size());
        assertThrows(RemoteException.class, () -> read("data: " + "x".repeat(EventLines.LONGEST - 5) + "\n\n"));
    }

    /** Wherever the network cuts, in the middle of a character too, the same events come out. */
    @Property
    void cutsChangeNothing(@ForAll("streams") String stream, @ForAll long seed) {
        byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
        List<String> cut = new ArrayList<>();
        EventLines lines = new EventLines(cut::add);
        Random random = new Random(seed);
        for (int at = 0; at < bytes.length;) {
            int end = Math.min(bytes.length, at + 1 + random.nextInt(4));
            int from = at;
            if (isGarbage(() -> lines.read(ByteBuffer.wrap(Arrays.copyOfRange(bytes, from, end))))) {
                cut.add("garbage");
                break;
            }
            at = end;
        }
        List<String> whole = new ArrayList<>();
        if (isGarbage(() -> new EventLines(whole::add).read(ByteBuffer.wrap(bytes)))) {
            whole.add("garbage");
        }
        assertEquals(whole, cut);
    }

    @Provide
    Arbitrary<String> streams() {
        Arbitrary<String> piece = Arbitraries.of("data", "data:", "data: ", "error: ", ":", ": keep-alive", "\n", "\r", "\r\n", "\n\n", "\r\n\r\n",
                "é", "漢字", "🙂", "{\"choices\":[]}", "[DONE]", " ", "\uFEFF");
        return piece.list().ofMaxSize(40).map(pieces -> String.join("", pieces));
    }

    /** Something that reads. */
    private interface Reading {
        void run() throws RemoteException;
    }

    private static boolean isGarbage(Reading reading) {
        try {
            reading.run();
            return false;
        } catch (RemoteException e) {
            return true;
        }
    }

    private static List<String> read(String stream) throws RemoteException {
        List<String> events = new ArrayList<>();
        new EventLines(events::add).read(ByteBuffer.wrap(stream.getBytes(StandardCharsets.UTF_8)));
        return events;
    }
}
