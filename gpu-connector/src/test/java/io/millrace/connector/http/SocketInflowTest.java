package io.millrace.connector.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.HttpVersion;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SocketInflowTest {

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private RawServer server;
    private Sockets sockets;

    @AfterEach
    void stop() throws IOException {
        sockets.close();
        server.close();
        threads.shutdownNow();
    }

    @Test
    void oneConnectionServesOneCallAfterTheOther() throws Exception {
        start((_, wire) -> wire.answer(200, "", "yes"));
        for (int i = 0; i < 50; i++) {
            assertEquals("200 yes", whole(ask("")));
        }
        assertEquals(1, server.accepts.get());
    }

    @Test
    void theEndOfAResponseIsWaitedForBesideTheReader() throws Exception {
        CountDownLatch free = new CountDownLatch(1);
        start((_, wire) -> {
            wire.events();
            wire.chunk("all".getBytes(StandardCharsets.US_ASCII));
            free.await();
            wire.end();
        });
        SocketInflow first = ask("");
        assertEquals("200 all", upTo(first, 3));
        first.drain();
        assertEquals("200 all", upTo(ask(""), 3));
        assertEquals(2, server.accepts.get(), "the first connection isn't free yet");
        free.countDown();
        await(() -> sockets.takeFree() != null);
    }

    @Test
    void aKeptConnectionThatTheServerClosedIsReplacedUnseen() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        start((_, wire) -> {
            wire.answer(200, "", "yes");
            if (server.requests.size() == 1) {
                wire.close();
                closed.countDown();
            }
        });
        assertEquals("200 yes", whole(ask("")));
        assertTrue(closed.await(10, TimeUnit.SECONDS));
        assertEquals("200 yes", whole(ask("")));
        assertEquals(2, server.accepts.get());
    }

    @Test
    void aNewConnectionThatTheServerClosesIsAFailure() throws Exception {
        start((_, wire) -> wire.close());
        SocketInflow call = ask("");
        assertInstanceOf(IOException.class, assertInstanceOf(Inflow.Failed.class, call.take(PATIENCE)).cause());
        assertEquals(1, server.accepts.get(), "it may have begun to answer, so it isn't asked again");
    }

    @Test
    void aConnectionThatSaysMoreThanWasAskedIsNotKept() throws Exception {
        start((_, wire) -> wire.raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyesHTTP/1.1 500 no\r\n\r\n"));
        assertEquals("200 yes", whole(ask("")));
        assertEquals("200 yes", whole(ask("")));
        assertEquals(2, server.accepts.get());
    }

    @Test
    void aLargeRequestDoesNotHoldTheCallerUp() throws Exception {
        CountDownLatch reads = new CountDownLatch(1);
        start((request, wire) -> {
            wire.answer(200, "", Integer.toString(request.body().length()));
            if (request.body().isEmpty()) {
                reads.await();
            }
        });
        assertEquals("200 0", whole(ask("")));
        String large = "x".repeat(20_000_000);
        SocketInflow call = ask(large);
        assertNull(call.take(TimeUnit.MILLISECONDS.toNanos(20)));
        reads.countDown();
        assertEquals("200 " + large.length(), whole(call));
        assertEquals(1, server.accepts.get());
    }

    @Test
    void anAnswerBeforeTheEndOfItsRequestIsHeardAndLeavesNoConnection() throws Exception {
        AtomicInteger heads = new AtomicInteger();
        try (ServerSocket early = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            server = new RawServer((_, _) -> { });
            sockets = new Sockets(spec(URI.create("http://127.0.0.1:" + early.getLocalPort())));
            List<Socket> open = new CopyOnWriteArrayList<>();
            threads.execute(() -> {
                while (true) {
                    try {
                        Socket client = early.accept();
                        open.add(client);
                        client.getInputStream().readNBytes(10);
                        heads.incrementAndGet();
                        client.getOutputStream().write("HTTP/1.1 413 Too large\r\nContent-Length: 3\r\n\r\nno!".getBytes(StandardCharsets.US_ASCII));
                    } catch (IOException _) {
                        return;
                    }
                }
            });
            String large = "x".repeat(20_000_000);
            assertEquals("413 no!", whole(ask(large)));
            assertEquals("413 no!", whole(ask(large)));
            assertEquals(2, heads.get());
            for (Socket each : open) {
                each.close();
            }
        }
    }

    @Test
    void abandoningWakesTheReaderAndIsHeardByTheServer() throws Exception {
        start((_, wire) -> {
            wire.awaitClosed();
            server.left.countDown();
        });
        SocketInflow call = ask("");
        Future<Inflow.Signal> reading = threads.submit(() -> call.take(PATIENCE));
        await(() -> server.requests.size() == 1);
        call.abandon();
        assertInstanceOf(Inflow.Closed.class, reading.get());
        assertTrue(server.left.await(10, TimeUnit.SECONDS));
    }

    @Test
    void whatWasGivenBackIsNotAbandoned() throws Exception {
        start((_, wire) -> wire.answer(200, "", "yes"));
        SocketInflow first = ask("");
        whole(first);
        SocketInflow second = ask("");
        first.abandon();
        assertEquals("200 yes", whole(second));
        assertEquals(1, server.accepts.get());
    }

    @Test
    void anInterruptEndsTheWaitAndTheCall() throws Exception {
        start((_, wire) -> wire.awaitClosed());
        SocketInflow call = ask("");
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        Thread reader = Thread.ofVirtual().start(() -> {
            try {
                ended.complete(new IllegalStateException(String.valueOf(call.take(PATIENCE))));
            } catch (InterruptedException e) {
                ended.complete(e);
            }
        });
        await(() -> server.requests.size() == 1);
        reader.interrupt();
        assertInstanceOf(InterruptedException.class, ended.get(10, TimeUnit.SECONDS));
        assertInstanceOf(Inflow.Failed.class, call.take(PATIENCE));
        assertEquals(1, server.accepts.get());
    }

    @Test
    void whoDoesNotWaitHearsOfAnEndNevertheless() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        start((_, wire) -> {
            wire.close();
            closed.countDown();
        });
        SocketInflow call = ask("");
        assertTrue(closed.await(10, TimeUnit.SECONDS));
        await(() -> call.take(0) instanceof Inflow.Failed);
    }

    @Test
    void whatComesUnaskedIsNoneOfTheNextCallsAnswer() throws Exception {
        CountDownLatch more = new CountDownLatch(1);
        start((_, wire) -> {
            wire.answer(200, "", "yes");
            if (server.requests.size() == 1) {
                wire.raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno");
                more.countDown();
            }
        });
        SocketInflow first = ask("");
        assertTrue(more.await(10, TimeUnit.SECONDS));
        assertEquals("200 yes", whole(first));
        assertEquals("200 yes", whole(ask("")));
        assertEquals(2, server.accepts.get());
    }

    @Test
    void anAnswerThatBeganOnAKeptConnectionIsNotAskedForAgain() throws Exception {
        start((_, wire) -> {
            if (server.requests.size() == 1) {
                wire.answer(200, "", "yes");
            } else {
                wire.raw("HTTP/1.1 200 OK\r\nContent-Len");
                wire.close();
            }
        });
        assertEquals("200 yes", whole(ask("")));
        assertInstanceOf(Inflow.Failed.class, ask("").take(PATIENCE));
        assertEquals(2, server.requests.size());
    }

    @Test
    void whatStopsAConnectionIsAFailureToConnect() throws Exception {
        start((_, wire) -> wire.answer(200, "", "yes"));
        for (String base : List.of("http://127.0.0.1:70000", "http://255.255.255.255:9", "http://no-such-host.invalid")) {
            Sockets nowhere = new Sockets(spec(URI.create(base)));
            SocketInflow call = new SocketInflow(nowhere, threads, new byte[] {1});
            Throwable cause = assertInstanceOf(Inflow.Failed.class, call.take(PATIENCE), base).cause();
            assertEquals(RemoteException.Code.CONNECT, Failures.of("s", cause, false).code(), base + ": " + cause);
        }
    }

    /** Something that comes to be true. */
    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long start = System.nanoTime();
        while (!condition.holds()) {
            assertTrue(System.nanoTime() - start < PATIENCE, "it never was");
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private void start(RawServer.Script script) {
        server = new RawServer(script);
        sockets = new Sockets(spec(server.base()));
    }

    private static RemoteSpec spec(URI base) {
        return new RemoteSpec("s", base, Dialect.OPENAI, null, null, Duration.ofSeconds(5), HttpVersion.AUTO);
    }

    private SocketInflow ask(String body) {
        return new SocketInflow(sockets, threads, ("POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII));
    }

    private static String whole(SocketInflow call) throws InterruptedException {
        return upTo(call, Integer.MAX_VALUE);
    }

    /** Status and body to its end, or to so many bytes of it. */
    private static String upTo(SocketInflow call, int bytes) throws InterruptedException {
        StringBuilder told = new StringBuilder();
        int body = 0;
        while (body < bytes) {
            switch (call.take(PATIENCE)) {
                case Inflow.Head head -> told.append(head.status()).append(' ');
                case Inflow.Part(List<java.nio.ByteBuffer> parts) -> {
                    String text = StandardCharsets.US_ASCII.decode(parts.getFirst()).toString();
                    body += text.length();
                    told.append(text);
                }
                case Inflow.Whole _ -> body = bytes;
                case Inflow.Failed(Throwable cause) -> throw new IllegalStateException(cause);
                case Inflow.Closed _ -> throw new IllegalStateException("closed");
            }
        }
        return told.toString();
    }
}
