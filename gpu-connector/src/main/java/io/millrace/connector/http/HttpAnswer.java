package io.millrace.connector.http;

import io.millrace.connector.remote.RemoteAnswer;
import io.millrace.connector.remote.RemoteEvent;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteException.Code;
import jakarta.json.JsonException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * An answer over HTTP. Its state is the reading thread's; what other threads touch is the {@link Inflow} and what is
 * volatile.
 *
 * <p>An answer is whole only when the server gave a {@code finish_reason}: a stream that ends in order without one, or
 * with no more than {@code [DONE]}, was cut off by something between here and the model.
 */
public final class HttpAnswer implements RemoteAnswer {

    /** Most bytes of an error's body that are looked at. */
    static final int MOST_ERROR_BYTES = 64 << 10;

    private static final String DONE = "[DONE]";
    /** DeepSeek's {@code finish_reason} for an answer that its servers gave up. */
    private static final String GAVE_UP = "insufficient_system_resource";

    private final String server;
    private final Discretion discretion;
    private final Inflow inflow;

    private final Queue<RemoteEvent> events = new ArrayDeque<>();
    private final Queue<String> chunks = new ArrayDeque<>();
    private final EventLines lines = new EventLines(chunks::add);
    private final ByteArrayOutputStream refusal = new ByteArrayOutputStream(0);
    private Inflow.Head head;
    private boolean accepted;
    private boolean finished;
    private RemoteException pending;
    private volatile boolean whole;
    private volatile RemoteException failure;
    private volatile boolean ended;
    private volatile boolean closed;

    HttpAnswer(String server, Discretion discretion, Inflow inflow) {
        this.server = server;
        this.discretion = discretion;
        this.inflow = inflow;
    }

    @Override
    public RemoteEvent next(Duration patience) throws RemoteException, InterruptedException {
        long patienceNanos = TimeUnit.NANOSECONDS.convert(patience);
        long start = System.nanoTime();
        while (true) {
            RemoteEvent known = known();
            if (known != null) {
                return known;
            }
            Inflow.Signal signal = inflow.take(Math.max(0, patienceNanos - (System.nanoTime() - start)));
            if (signal == null) {
                return new RemoteEvent.Silence();
            }
            take(signal);
        }
    }

    /** What can be told without waiting, or null. */
    private RemoteEvent known() throws RemoteException {
        if (closed && !ended) {
            throw failure == null ? new RemoteException(Code.CLOSED, "the answer of " + server + " was closed") : failure;
        }
        if (!events.isEmpty()) {
            RemoteEvent event = events.remove();
            ended = event instanceof RemoteEvent.End;
            return event;
        }
        if (pending != null) {
            failure = pending;
            throw pending;
        }
        return ended ? new RemoteEvent.End() : null;
    }

    private void take(Inflow.Signal signal) {
        try {
            switch (signal) {
                case Inflow.Head given -> begin(given);
                case Inflow.Part part -> read(part);
                case Inflow.Whole _ -> endOfBody();
                // the status says enough without the rest of its body
                case Inflow.Failed _ when head != null && !accepted -> throw refused();
                case Inflow.Failed(Throwable cause) -> throw Failures.of(server, cause, head != null);
                case Inflow.Closed _ -> throw new RemoteException(Code.CLOSED, "the answer of " + server + " was closed");
            }
        } catch (RemoteException e) {
            giveUp(e);
        }
    }

    /** Tells the failure after what came before it, and wants no more of the answer. */
    private void giveUp(RemoteException why) {
        pending = why;
        abort();
    }

    private void begin(Inflow.Head given) throws RemoteException {
        head = given;
        if (given.status() >= 300 && given.status() < 400) {
            throw refused(ErrorBody.NONE);
        }
        accepted = given.status() == 200 && contentType().startsWith("text/event-stream");
        if (accepted) {
            events.add(new RemoteEvent.Accepted());
        }
    }

    private void read(Inflow.Part part) throws RemoteException {
        for (ByteBuffer bytes : part.bytes()) {
            if (whole) {
                return;
            }
            if (accepted) {
                lines.read(bytes);
                readChunks();
            } else {
                readRefusal(bytes);
            }
        }
    }

    private void readChunks() throws RemoteException {
        for (String data = chunks.poll(); data != null; data = chunks.poll()) {
            if (data.equals(DONE)) {
                done();
                return;
            }
            readChunk(data);
        }
    }

    private void readChunk(String data) throws RemoteException {
        Chunk chunk;
        try {
            chunk = Chunk.parse(data);
        } catch (JsonException e) {
            throw garbage("a chunk that is no JSON, or not the JSON of a chunk");
        }
        if (chunk.failed()) {
            throw Refusals.told(server, ErrorBody.parse(data), discretion);
        }
        if (chunk.finish().equals(GAVE_UP)) {
            throw new RemoteException(Code.UNAVAILABLE, server + " gave the answer up: " + GAVE_UP);
        }
        finished |= !chunk.finish().isEmpty();
        events.addAll(chunk.events());
    }

    private void done() throws RemoteException {
        if (!finished) {
            throw broken("it said that it was done without a finish_reason");
        }
        whole = true;
        events.add(new RemoteEvent.End());
        inflow.drain();
    }

    private void readRefusal(ByteBuffer bytes) throws RemoteException {
        byte[] some = new byte[Math.min(bytes.remaining(), MOST_ERROR_BYTES - refusal.size())];
        bytes.get(some);
        refusal.writeBytes(some);
        if (refusal.size() == MOST_ERROR_BYTES) {
            throw refused();
        }
    }

    private void endOfBody() throws RemoteException {
        if (!accepted) {
            throw refused();
        }
        if (!finished) {
            throw broken("the stream ended before the answer did");
        }
        whole = true;
        events.add(new RemoteEvent.End());
    }

    private RemoteException refused() {
        return refused(ErrorBody.parse(refusal.toString(StandardCharsets.UTF_8)));
    }

    private RemoteException refused(ErrorBody error) {
        if (head.status() >= 200 && head.status() < 300) {
            boolean told = !error.message().isEmpty() || !error.code().isEmpty();
            return told ? Refusals.told(server, error, discretion)
                    : garbage(head.status() + " and " + (contentType().isEmpty() ? "no content type" : contentType())
                            + " in place of 200 and text/event-stream");
        }
        return Refusals.answered(server, head.status(), head.retryAfter(), error, discretion, Instant.now());
    }

    private String contentType() {
        return discretion.clean(head.contentType()).toLowerCase(Locale.ROOT);
    }

    private RemoteException garbage(String what) {
        return new RemoteException(Code.GARBAGE, server + " sent " + what);
    }

    private RemoteException broken(String how) {
        return new RemoteException(Code.BROKEN, server + " broke the answer off: " + how);
    }

    /** Whether nothing more will come: ended, failed or closed. */
    public boolean isOver() {
        return ended || failure != null || closed;
    }

    /** What {@link #next} threw, or null. */
    public RemoteException failure() {
        return failure;
    }

    @Override
    public void close() {
        boolean over = whole || isOver();
        closed = true;
        if (!over) {
            abort();
        }
    }

    private void abort() {
        inflow.abandon();
    }
}
