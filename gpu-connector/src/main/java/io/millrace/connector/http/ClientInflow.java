package io.millrace.connector.http;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * What the JDK's HTTP client hands over, until the reader takes it: at most {@link #AHEAD} parts of a body, of the client's
 * buffer size (16 KiB, or an HTTP/2 frame) each; then the client reads no further and the server is held up by flow
 * control. Thread-safe.
 */
final class ClientInflow implements Inflow, BodySubscriber<Void> {

    /** Parts of the body that may wait for the reader. */
    static final int AHEAD = 8;

    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private final CompletableFuture<HttpResponse<Void>> request;
    private Flow.Subscription subscription;
    private boolean abandoned;
    private boolean drained;
    private int trailingBytes;

    ClientInflow(HttpClient client, HttpRequest request) {
        this.request = client.sendAsync(request, this::begin);
        this.request.whenComplete((_, failure) -> {
            if (failure != null) {
                // after the headers the same is told by onError
                signals.add(new Failed(failure));
            }
        });
    }

    private BodySubscriber<Void> begin(ResponseInfo response) {
        signals.add(new Head(response.statusCode(), response.headers().firstValue("content-type").orElse(""),
                response.headers().firstValue("retry-after").orElse(null)));
        return this;
    }

    /** A part that is taken makes room for another. */
    @Override
    public Signal take(long patienceNanos) throws InterruptedException {
        Signal signal = signals.poll(patienceNanos, TimeUnit.NANOSECONDS);
        if (signal instanceof Part) {
            request(1);
        }
        return signal;
    }

    @Override
    public void abandon() {
        request.cancel(true);
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

    @Override
    public void drain() {
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
