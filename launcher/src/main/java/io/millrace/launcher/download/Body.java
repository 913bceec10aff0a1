package io.millrace.launcher.download;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/**
 * The bytes of a reply, asked for piece by piece, with a limit on how long none may come but none on the whole. One
 * thread reads; the HTTP client's threads fill.
 */
final class Body implements Flow.Subscriber<List<ByteBuffer>>, AutoCloseable {

    private static final Object END = new Object();

    private final Duration stall;
    /** One piece that was asked for and the end. */
    private final BlockingQueue<Object> arrived = new ArrayBlockingQueue<>(2);
    private volatile Flow.Subscription subscription;
    private boolean ended;

    Body(Duration stall) {
        this.stall = stall;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> piece) {
        arrived.add(piece);
    }

    @Override
    public void onError(Throwable failure) {
        arrived.add(failure);
    }

    @Override
    public void onComplete() {
        arrived.add(END);
    }

    /**
     * The next piece; empty at the end.
     *
     * @throws IOException when the connection broke or nothing came for too long
     */
    @SuppressWarnings("unchecked")
    List<ByteBuffer> next() throws IOException {
        if (ended) {
            return List.of();
        }
        switch (take()) {
            case List<?> piece -> {
                subscription.request(1);
                return (List<ByteBuffer>) piece;
            }
            case Throwable failure -> throw new IOException("the connection broke (" + Reasons.of(failure) + ")", failure);
            default -> {
                ended = true;
                return List.of();
            }
        }
    }

    private Object take() throws IOException {
        try {
            Object next = arrived.poll(stall.toMillis(), TimeUnit.MILLISECONDS);
            if (next == null) {
                throw new TryAgain("the server sent nothing for " + stall.toSeconds() + " s");
            }
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** The first bytes, at most {@code most}, as far as they come. */
    byte[] head(int most) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        for (List<ByteBuffer> piece = next(); !piece.isEmpty() && head.size() < most; piece = next()) {
            for (ByteBuffer buffer : piece) {
                byte[] bytes = new byte[Math.min(buffer.remaining(), most - head.size())];
                buffer.get(bytes);
                head.writeBytes(bytes);
            }
        }
        return head.toByteArray();
    }

    /** Leaves the rest unread and the connection closed. */
    @Override
    public void close() {
        subscription.cancel();
    }
}
