package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.tests.MillraceServer;
import io.millrace.tests.ReturningClient;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A client that loses its connection comes back for the rest of its answer. */
class ResumeIT {

    private static final MillraceServer SERVER = MillraceServer.shared();
    private static final long SEED = Long.getLong("resume.seed", 20_261_124L);
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int TOKENS = 300;

    @Test
    void whatComesInPiecesIsWhatComesAtOnce() throws IOException {
        System.out.println("resume.seed=" + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        for (int choices : new int[] {1, 3}) {
            ObjectNode body = Client.endless("Tell of pieces " + choices, TOKENS).put("n", choices);
            ReturningClient whole = client(body).read(SERVER);
            assertTrue(whole.done());
            for (int round = 0; round < 5; round++) {
                ReturningClient client = client(body);
                for (int losses = 0; losses < 4 && !client.done(); losses++) {
                    client.read(SERVER, client.text().length() + random.nextInt(whole.text().length() / 3));
                }
                if (!client.done()) {
                    client.read(SERVER);
                }
                assertEquals(whole.whole(), client.whole());
                assertEquals("ok", Until.is("it is recorded", SOON, () -> AuditTable.outcomes(SERVER).get(client.callId()), "ok"::equals));
            }
        }
    }

    @Test
    void aCompleteAnswerCanBeFetchedAgain() throws IOException {
        ReturningClient client = client(Client.endless("Tell of ends", 40));
        client.read(SERVER, 1);
        Until.is("it goes on without its client to its end", SOON, () -> Gauges.of(SERVER), Gauges::idle);
        ReturningClient whole = client(Client.endless("Tell of ends", 40)).read(SERVER);
        assertEquals(whole.whole(), client.read(SERVER).whole());
        assertEquals("ok", AuditTable.outcomes(SERVER).get(client.callId()));
    }

    @Test
    void whoComesBackBeforeItsLossIsNoticedTakesOver() throws Exception {
        ReturningClient first = client(Client.endless("Tell of twins", TOKENS));
        first.read(SERVER, 20);
        try (Socket stale = first.connect(SERVER)) {
            assertTrue(stale.getInputStream().read() > 0, "it reads the answer");
            ReturningClient second = first.read(SERVER);
            assertTrue(second.done());
            assertEquals(client(Client.endless("Tell of twins", TOKENS)).read(SERVER).whole(), second.whole());
        }
    }

    @Test
    void onlyTheSameKeyWithTheSameRequestGetsIt() throws IOException {
        ObjectNode body = Client.endless("Tell of keys", 60);
        ReturningClient client = client(body).read(SERVER, 10);
        String other = new Client(SERVER.address(), SERVER.operatorToken()).send("POST", "/admin/keys", "{\"name\":\"other\"}".getBytes())
                .json().get("secret").asText();
        assertRefused(404, "answer_not_found", client.as(other, body));
        assertRefused(409, "request_differs", client.as(SERVER.key(), Client.endless("Tell of locks", 60)));
        assertTrue(client.read(SERVER).done());
    }

    @Test
    void whoCannotComeBackIsCancelledAtOnce() throws IOException {
        Wire wire = Wire.to(SERVER).send(Wire.chat(SERVER, Client.endless("gone", 1900).put("stream", true)));
        String came = wire.await("\n\ndata: {");
        assertFalse(came.contains("\nid: "), came);
        wire.reset();
        Until.is("it is gone", Duration.ofSeconds(2), () -> Gauges.of(SERVER), Gauges::idle);
    }

    private static void assertRefused(int status, String code, ReturningClient client) throws IOException {
        client.read(SERVER);
        assertEquals(status, client.status());
        assertEquals(code, client.error().get("code").asText());
    }

    private static ReturningClient client(ObjectNode body) {
        return new ReturningClient(SERVER.key(), body);
    }
}
