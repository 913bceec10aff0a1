package io.millrace.connector.http;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/** One response on its way in, as far as its reader has taken it. One thread at a time takes; the rest is for any thread. */
interface Inflow {

    /** How long a server may take to end a response that has said everything, and how much it may add. */
    Duration LINGER = Duration.ofSeconds(5);
    int MOST_TRAILING_BYTES = 64 << 10;

    /** Something that happened on the wire, in its order. */
    sealed interface Signal {}

    /**
     * The response began.
     *
     * @param contentType as it stands in the header, or empty
     * @param retryAfter  the same, or null
     */
    record Head(int status, String contentType, String retryAfter) implements Signal {}

    /** @param bytes to be read before the next signal is taken */
    record Part(List<ByteBuffer> bytes) implements Signal {}

    /** The body ended in order. */
    record Whole() implements Signal {}

    record Failed(Throwable cause) implements Signal {}

    /** This side gave up. */
    record Closed() implements Signal {}

    /** The next signal, or null when there was none in time. What is not taken holds the server up. */
    Signal take(long patienceNanos) throws InterruptedException;

    /** Everything was said: the end of the response is read unseen, so that its connection can be kept. Nothing is taken after this. */
    void drain();

    /** Breaks request and response off and wakes the reader. */
    void abandon();
}
