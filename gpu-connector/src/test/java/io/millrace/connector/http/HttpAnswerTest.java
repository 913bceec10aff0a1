package io.millrace.connector.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.HttpVersion;
import io.millrace.connector.remote.Prompt;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteEvent;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteException.Code;
import io.millrace.connector.remote.RemoteModel;
import io.millrace.connector.remote.RemoteSpec;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Over our own connections, and over the JDK's client, which asks in vain for HTTP/2 and goes on in 1.1. */
@Timeout(30)
@ParameterizedClass
@EnumSource(value = HttpVersion.class, names = {"AUTO", "HTTP_2"})
class HttpAnswerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String KEY = "sk-very-secret";
    private static final String QUESTION = "What is the capital of France, please?";

    @Parameter
    private HttpVersion version;
    private RawServer server;
    private Server client;

    @AfterEach
    void stop() throws IOException {
        if (client != null) {
            client.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @Test
    void tellsAnAnswerFromAcceptedToEnd() throws Exception {
        List<RemoteEvent> events = all(ask((_, wire) -> wire.events().raw("").data("{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}")
                .text("Par").text("is").data("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}")
                .data("{\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"prompt_tokens_details\":{\"cached_tokens\":3}}}")
                .data("[DONE]").end()));
        assertEquals(List.of(new RemoteEvent.Accepted(), piece("Par"), piece("is"), new RemoteEvent.Finished("stop"),
                new RemoteEvent.Usage(5, 2, 3), new RemoteEvent.End()), events);
    }

    @Test
    void aCleanEndAfterTheFinishReasonIsAnEndWithoutDone() throws Exception {
        List<RemoteEvent> events = all(ask((_, wire) -> wire.events().text("Paris")
                .data("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}").end()));
        assertInstanceOf(RemoteEvent.End.class, events.getLast());
    }

    @Test
    void aCleanEndBeforeTheFinishReasonIsBroken() throws Exception {
        brokenAfterAPiece((_, wire) -> wire.events().text("Par").end());
    }

    @Test
    void aConnectionThatIsClosedInOrderIsBroken() throws Exception {
        brokenAfterAPiece((_, wire) -> {
            wire.raw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
                    .raw("data: {\"choices\":[{\"delta\":{\"content\":\"Par\"}}]}\n\n");
            wire.close();
        });
    }

    @Test
    void doneWithoutAFinishReasonIsBroken() throws Exception {
        brokenAfterAPiece((_, wire) -> wire.events().text("Par").data("[DONE]").end());
    }

    @Test
    void aResetInTheMiddleIsBroken() throws Exception {
        brokenAfterAPiece((_, wire) -> {
            wire.events().text("Par");
            Thread.sleep(100);
            wire.reset();
        });
    }

    @Test
    void aResetBeforeTheHeadersIsBroken() throws Exception {
        assertEquals(Code.BROKEN, failure(ask((_, wire) -> wire.reset())).code());
    }

    @Test
    void rubbishIsGarbage() throws Exception {
        assertEquals(Code.GARBAGE, failure(ask((_, wire) -> wire.events().data("{\"choices\":[{\"delta\":{\"content\":\"Par"))).code());
        assertEquals(Code.GARBAGE, failure(again((_, wire) -> wire.events().data("[1]"))).code());
        assertEquals(Code.GARBAGE, failure(again((_, wire) -> wire.events().data("{\"choices\":[{\"delta\":{\"content\":7}}]}"))).code());
        assertEquals(Code.GARBAGE, failure(again((_, wire) -> wire.answer(200, "Content-Type: text/html\r\n", "<p>Log in"))).code());
        assertEquals(Code.GARBAGE, failure(again((_, wire) -> wire.raw("SSH-2.0-OpenSSH_9.6\r\n\r\n"))).code());
    }

    @Test
    void aLineWithoutEndIsGarbageAndNotReadOn() throws Exception {
        RemoteException failure = failure(ask((_, wire) -> {
            wire.events();
            byte[] dots = new byte[1 << 16];
            java.util.Arrays.fill(dots, (byte) '.');
            while (true) {
                wire.chunk(dots);
            }
        }));
        assertEquals(Code.GARBAGE, failure.code());
    }

    @Test
    void aReaderThatIsSlowHoldsTheServerUp() throws Exception {
        AtomicInteger written = new AtomicInteger();
        HttpAnswer answer = ask((_, wire) -> {
            wire.events();
            for (int mebibyte = 0; mebibyte < 64; mebibyte++) {
                wire.chunk((": " + ".".repeat(1 << 19) + "\n").getBytes());
                wire.chunk((": " + ".".repeat(1 << 19) + "\n").getBytes());
                written.incrementAndGet();
            }
            wire.text("Paris").stop().end();
        });
        assertInstanceOf(RemoteEvent.Accepted.class, answer.next(PATIENCE));
        Thread.sleep(500);
        assertTrue(written.get() < 32, written.get() + " MiB were read ahead");
        assertEquals(piece("Paris"), answer.next(PATIENCE));
    }

    @Test
    void silenceIsToldWhenPatienceEnds() throws Exception {
        HttpAnswer answer = ask((_, wire) -> {
            wire.events();
            Thread.sleep(300);
            for (char each : "data: {\"choices\":[{\"delta\":{\"content\":\"slow\"}}]}\n\n".toCharArray()) {
                wire.chunk(new byte[] {(byte) each});
                Thread.sleep(10);
            }
            wire.stop().end();
        });
        assertInstanceOf(RemoteEvent.Accepted.class, answer.next(PATIENCE));
        assertInstanceOf(RemoteEvent.Silence.class, answer.next(Duration.ZERO));
        long start = System.nanoTime();
        assertInstanceOf(RemoteEvent.Silence.class, answer.next(Duration.ofMillis(50)));
        long waitedMs = (System.nanoTime() - start) / 1_000_000;
        assertTrue(waitedMs >= 50 && waitedMs < 280, waitedMs + " ms");
        assertEquals(piece("slow"), answer.next(PATIENCE));
    }

    @Test
    void closingEndsTheCallAtTheServer() throws Exception {
        HttpAnswer answer = ask((_, wire) -> {
            wire.events().text("Par");
            wire.awaitClosed();
            server.left.countDown();
        });
        assertInstanceOf(RemoteEvent.Accepted.class, answer.next(PATIENCE));
        assertEquals(piece("Par"), answer.next(PATIENCE));
        answer.close();
        answer.close();
        assertTrue(server.left.await(10, TimeUnit.SECONDS));
        assertEquals(Code.CLOSED, assertThrows(RemoteException.class, () -> answer.next(PATIENCE)).code());
    }

    @Test
    void closingBeforeTheHeadersEndsTheCallAndWakesTheReader() throws Exception {
        HttpAnswer answer = ask((_, wire) -> {
            wire.awaitClosed();
            server.left.countDown();
        });
        Thread.ofVirtual().start(() -> {
            while (server.requests.isEmpty()) {
                Thread.yield();
            }
            answer.close();
        });
        assertEquals(Code.CLOSED, assertThrows(RemoteException.class, () -> answer.next(PATIENCE)).code());
        assertTrue(server.left.await(10, TimeUnit.SECONDS));
    }

    @Test
    void keepsTheConnectionAfterAWholeAnswerAndAfterARefusal() throws Exception {
        AtomicInteger number = new AtomicInteger();
        all(ask((_, wire) -> {
            if (number.incrementAndGet() % 2 == 0) {
                wire.answer(429, "Content-Type: application/json\r\n", "{\"error\":{\"message\":\"slowly\"}}");
            } else {
                wire.events().text("Paris").stop();
                // the end of the response comes after the end of the answer
                Thread.sleep(5);
                wire.end();
            }
        }));
        for (int i = 0; i < 20; i++) {
            assertEquals(Code.REFUSED_BUSY, failure(client.send(call())).code());
            try (HttpAnswer next = client.send(call())) {
                all(next);
            }
        }
        // a call may come before the connection of the one before it is free again, but not always
        assertTrue(server.accepts.get() < 20, server.accepts + " connections for 41 calls");
    }

    @Test
    void doesNotFollowARedirect() throws Exception {
        try (RawServer elsewhere = new RawServer((_, wire) -> wire.events().stop().end())) {
            RemoteException failure = failure(ask((_, wire) -> wire.answer(302, "Location: " + elsewhere.base() + "\r\n", "")));
            assertEquals(Code.GARBAGE, failure.code());
            assertTrue(failure.getMessage().contains("redirect"), failure.getMessage());
            assertEquals(0, elsewhere.accepts.get());
        }
    }

    @Test
    void refusalsAreToldByTheirKind() throws Exception {
        refused(429, "Retry-After: 7\r\n", "{\"error\":{\"message\":\"slowly\"}}", Code.REFUSED_BUSY, 7, true);
        refused(429, "", "{\"error\":{\"message\":\"pay\",\"code\":\"insufficient_quota\"}}", Code.PAYMENT, 0, true);
        refused(402, "", "{\"error\":{\"message\":\"Insufficient Balance\"}}", Code.PAYMENT, 0, true);
        refused(401, "", "{\"error\":{\"message\":\"wrong key " + KEY + "\"}}", Code.AUTHENTICATION, 0, true);
        refused(403, "", "", Code.AUTHENTICATION, 0, true);
        refused(503, "Retry-After: 3\r\n", "<html>", Code.UNAVAILABLE, 3, true);
        refused(400, "", "{\"error\":{\"message\":\"no such parameter\"}}", Code.INVALID, 0, false);
        refused(404, "", "{\"error\":{\"message\":\"no such model\"}}", Code.INVALID, 0, true);
        refused(422, "", "{\"detail\":[{\"msg\":\"bad\"}]}", Code.INVALID, 0, false);
        refused(400, "", "{\"error\":{\"message\":\"m\",\"code\":\"context_length_exceeded\"}}", Code.CONTEXT_LENGTH, 0, false);
    }

    @Test
    void theWordsOfAFailureInsideAStreamAreUnderstood() throws Exception {
        inStream("{\"error\":{\"message\":\"out of memory\",\"type\":\"InternalServerError\",\"code\":500}}", Code.UNAVAILABLE);
        inStream("{\"error\":{\"message\":\"m\",\"type\":\"server_error\",\"code\":\"engine_failed\"}}", Code.UNAVAILABLE);
        inStream("{\"object\":\"error\",\"message\":\"m\",\"type\":\"BadRequestError\",\"code\":400}", Code.INVALID);
        inStream("{\"error\":{\"message\":\"m\",\"type\":\"rate_limit_error\",\"code\":\"rate_limit_exceeded\"}}", Code.REFUSED_BUSY);
        inStream("{\"error\":{\"code\":500,\"message\":\"Context size has been exceeded.\",\"type\":\"server_error\"}}", Code.CONTEXT_LENGTH);
        inStream("{\"error\":\"llama runner process has terminated\"}", Code.UNAVAILABLE);
        inStream("{\"choices\":[{\"delta\":{},\"finish_reason\":\"insufficient_system_resource\"}]}", Code.UNAVAILABLE);
        RemoteException asField = failure(again((_, wire) -> wire.events().text("x")
                .chunk("error: {\"code\":400,\"message\":\"the request exceeds the available context size\",\"type\":\"x\"}\n\n".getBytes())));
        assertEquals(Code.CONTEXT_LENGTH, asField.code());
    }

    @Test
    void anErrorWithTheStatusOfSuccessIsAnError() throws Exception {
        assertEquals(Code.CONTEXT_LENGTH, failure(ask((_, wire) -> wire.answer(200, "Content-Type: application/json\r\n",
                "{\"error\":{\"code\":400,\"message\":\"m\",\"type\":\"exceed_context_size_error\"}}"))).code());
    }

    @Test
    void anErrorBodyWithoutEndIsCutOff() throws Exception {
        assertEquals(Code.UNAVAILABLE, failure(ask((_, wire) -> {
            wire.raw("HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n");
            while (true) {
                wire.chunk(new byte[1 << 14]);
            }
        })).code());
    }

    @Test
    void aServerThatIsNotThereCannotBeReached() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        client = new Server(spec(URI.create("http://127.0.0.1:" + port + "/v1")));
        assertEquals(Code.CONNECT, failure(client.send(call())).code());
        client.close();
        client = new Server(spec(URI.create("http://no-such-host.invalid/v1")));
        RemoteException failure = failure(client.send(call()));
        assertEquals(Code.CONNECT, failure.code());
        assertTrue(failure.getMessage().contains("no such host"), failure.getMessage());
    }

    @Test
    void neitherKeyNorQuestionAreInAMessage() throws Exception {
        RemoteException quoting = failure(ask((_, wire) -> wire.answer(400, "",
                "{\"error\":{\"message\":\"bad input: " + QUESTION + "\"}}")));
        assertFalse(quoting.getMessage().contains("France"), quoting.getMessage());
        RemoteException naming = failure(again((_, wire) -> wire.answer(401, "",
                "{\"error\":{\"message\":\"Incorrect API key provided: " + KEY + "\"}}")));
        assertFalse(naming.getMessage().contains(KEY), naming.getMessage());
        assertFalse((client.spec() + " " + call()).matches("(?s).*(" + KEY + "|France).*"));
        assertEquals("Bearer " + KEY, server.requests.getFirst().headers().get("authorization"));
    }

    @Test
    void listsModels() throws Exception {
        ask((request, wire) -> {
            if (request.method().equals("GET")) {
                wire.answer(200, "Content-Type: application/json\r\n", "{\"object\":\"list\",\"data\":[{\"id\":\"a\",\"owned_by\":\"vllm\"},{\"id\":\"b\"}]}");
            }
        });
        assertEquals(List.of(new RemoteModel("a", "vllm"), new RemoteModel("b", "")), client.models(PATIENCE));
        // the call that made the client may be read after it
        assertEquals(List.of("/v1/models"), server.requests.stream().filter(one -> one.method().equals("GET")).map(one -> one.target()).toList());
    }

    @Test
    void aServerWithoutAListOfModelsHasNone() throws Exception {
        ask((_, wire) -> wire.answer(404, "", ""));
        assertEquals(List.of(), client.models(PATIENCE));
    }

    @Test
    void aListOfModelsThatIsNotThereInTimeIsUnavailable() throws Exception {
        ask((_, wire) -> wire.awaitClosed());
        assertEquals(Code.UNAVAILABLE, assertThrows(RemoteException.class, () -> client.models(Duration.ofMillis(100))).code());
    }

    private void refused(int status, String headers, String body, Code code, int seconds, boolean elsewhere) throws Exception {
        RemoteException failure = failure(again((_, wire) -> wire.answer(status, "Content-Type: application/json\r\n" + headers, body)));
        assertEquals(code, failure.code(), body);
        assertEquals(seconds, failure.retryAfterSeconds(), body);
        assertEquals(elsewhere, failure.mayRetryElsewhere(), body);
        assertFalse(failure.getMessage().contains(KEY), failure.getMessage());
    }

    private void inStream(String data, Code code) throws Exception {
        HttpAnswer answer = again((_, wire) -> wire.events().text("Par").data(data).data("[DONE]").end());
        assertInstanceOf(RemoteEvent.Accepted.class, answer.next(PATIENCE));
        assertEquals(piece("Par"), answer.next(PATIENCE));
        assertEquals(code, assertThrows(RemoteException.class, () -> answer.next(PATIENCE)).code(), data);
    }

    private void brokenAfterAPiece(RawServer.Script script) throws Exception {
        HttpAnswer answer = ask(script);
        assertInstanceOf(RemoteEvent.Accepted.class, answer.next(PATIENCE));
        assertEquals(piece("Par"), answer.next(PATIENCE));
        RemoteException failure = assertThrows(RemoteException.class, () -> answer.next(PATIENCE));
        assertEquals(Code.BROKEN, failure.code());
        assertTrue(failure.mayRetryElsewhere());
        assertSame(failure, assertThrows(RemoteException.class, () -> answer.next(PATIENCE)));
        assertTrue(answer.isOver());
        assertNotNull(answer.failure());
    }

    private HttpAnswer again(RawServer.Script script) throws Exception {
        stop();
        return ask(script);
    }

    private HttpAnswer ask(RawServer.Script script) throws RemoteException {
        server = new RawServer(script);
        client = new Server(spec(server.base()));
        return client.send(call());
    }

    private RemoteSpec spec(URI base) {
        return new RemoteSpec("north", base, Dialect.OPENAI, KEY, null, Duration.ofSeconds(5), version);
    }

    private static RemoteCall call() {
        return new RemoteCall("m", new Prompt.Chat(List.of(new Turn("user", QUESTION))), Sampling.GREEDY, 0, List.of(), "", null, "", null, false);
    }

    private static RemoteEvent piece(String text) {
        return new RemoteEvent.Piece(text, "", null, List.of());
    }

    private static List<RemoteEvent> all(HttpAnswer answer) throws Exception {
        List<RemoteEvent> events = new ArrayList<>();
        do {
            events.add(answer.next(PATIENCE));
        } while (!(events.getLast() instanceof RemoteEvent.End));
        return events;
    }

    private static RemoteException failure(HttpAnswer answer) {
        return assertThrows(RemoteException.class, () -> all(answer));
    }
}
