package io.millrace.connector.http;

import java.net.http.HttpHeaders;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * What the HTTP client hands over, until the reader takes it: at most {@link #AHEAD} parts of a body, of the client's
 * buffer size (16 KiB, or an HTTP/2 frame) each; then the client reads no further and the server is held up by flow
 * control. Thread-safe.
 */
final class Inflow implements BodySubscriber<Void> {

    /** Parts of the body that may wait for the reader. */
    static final int AHEAD = 8;

    /** How long a server may take to end a response that has said everything, and how much it may add. */
    private static final Duration LINGER = Duration.ofSeconds(5);
    private static final int MOST_TRAILING_BYTES = 64 << 10;

    /** Something that happened on the wire, in its order. */
    sealed interface Signal {}

    record Head(int status, HttpHeaders headers) implements Signal {}

    record Part(List<ByteBuffer> bytes) implements Signal {}

    /** The body ended in order. */
    record Whole() implements Signal {}

    record Failed(Throwable cause) implements Signal {}

    /** This side gave up. */
    record Closed() implements Signal {}

    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private Flow.Subscription subscription;
    private boolean abandoned;
    private boolean drained;
    private int trailingBytes;

    /** As a {@link java.net.http.HttpResponse.BodyHandler}. */
    BodySubscriber<Void> begin(ResponseInfo response) {
        signals.add(new Head(response.statusCode(), response.headers()));
        return this;
    }

    /** The next signal, or null when there was none in time. A part that is taken makes room for another. */
    Signal take(long patienceNanos) throws InterruptedException {
        Signal signal = signals.poll(patienceNanos, TimeUnit.NANOSECONDS);
        if (signal instanceof Part) {
            request(1);
        }
        return signal;
    }

    /** The request itself failed; after the headers the same is told by {@link #onError}. */
    void fail(Throwable cause) {
        signals.add(new Failed(cause));
    }

    /** Breaks the response off and wakes the reader. */
    void abandon() {
        Flow.Subscription now;
        synchronized (this) {
            abandoned = true;
            now = subscription;
        }
        if (now != null) {
            now.cancel();
        }
        signals.add(new Closed());
    }

    /** Everything was said: reads on to the end of the response, unseen, so that its connection can be kept. */
    void drain() {
        synchronized (this) {
            drained = true;
        }
        over.orTimeout(LINGER.toMillis(), TimeUnit.MILLISECONDS).whenComplete((_, late) -> {
            if (late != null) {
                abandon();
            }
        });
        request(Long.MAX_VALUE);
    }

    private void request(long parts) {
        Flow.Subscription now;
        synchronized (this) {
            now = subscription;
        }
        if (now != null) {
            now.request(parts);
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        boolean unwanted;
        synchronized (this) {
            subscription = given;
            unwanted = abandoned;
        }
        if (unwanted) {
            given.cancel();
        } else {
            given.request(AHEAD);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> bytes) {
        boolean tooMuch;
        synchronized (this) {
            if (!drained) {
                signals.add(new Part(bytes));
                return;
            }
            trailingBytes += bytes.stream().mapToInt(ByteBuffer::remaining).sum();
            tooMuch = trailingBytes > MOST_TRAILING_BYTES;
        }
        if (tooMuch) {
            abandon();
        }
    }

    @Override
    public void onError(Throwable thrown) {
        over.complete(null);
        signals.add(new Failed(thrown));
    }

    @Override
    public void onComplete() {
        over.complete(null);
        signals.add(new Whole());
    }

    /** There at once: the headers alone complete the response. */
    @Override
    public CompletionStage<Void> getBody() {
        return CompletableFuture.completedFuture(null);
    }
}
