package io.millrace.web.http;

import io.millrace.web.WebSettings;
import io.millrace.web.error.ApiError;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads request bodies, each bounded, and all of those that are in memory at one time bounded together. A body that
 * says its length is refused before it is read; one that doesn't (chunked) while it is. Thread-safe.
 */
@ApplicationScoped
public class Bodies {

    private static final int FIRST_BYTES = 8192;

    private final int mostBytes;
    private final long mostBytesTogether;
    private final AtomicLong together = new AtomicLong();

    /** For the container's proxy. */
    protected Bodies() {
        this.mostBytes = 0;
        this.mostBytesTogether = 0;
    }

    @Inject
    public Bodies(WebSettings settings) {
        this(settings.maxBodyBytes(), settings.maxBodiesBytes());
    }

    Bodies(int mostBytes, long mostBytesTogether) {
        this.mostBytes = mostBytes;
        this.mostBytesTogether = mostBytesTogether;
    }

    /** What is made of a body while it is counted. */
    @FunctionalInterface
    public interface Use<T> {
        T of(byte[] body);
    }

    /**
     * Reads the whole body and hands it to {@code use}; it counts as in memory until {@code use} returns.
     *
     * @throws ApiError 413 when it is too large, 503 when all bodies together are, 400 when the client breaks off
     */
    public <T> T read(HttpServletRequest request, Use<T> use) {
        long declared = request.getContentLengthLong();
        if (declared > mostBytes) {
            throw ApiError.tooLarge(mostBytes);
        }
        long[] taken = {0};
        try {
            return use.of(read(request.getInputStream(), declared, taken));
        } catch (IOException e) {
            throw ApiError.malformed("The request body ended too early.");
        } finally {
            together.addAndGet(-taken[0]);
        }
    }

    /** Bytes of the bodies that are in memory now. */
    long together() {
        return together.get();
    }

    private byte[] read(InputStream in, long declared, long[] taken) throws IOException {
        byte[] body = grow(new byte[0], declared >= 0 ? (int) declared : FIRST_BYTES, taken);
        int filled = 0;
        while (true) {
            int read = filled == body.length ? -1 : in.read(body, filled, body.length - filled);
            if (read >= 0) {
                filled += read;
            } else if (filled < body.length || declared >= 0) {
                break;
            } else {
                int next = in.read();
                if (next < 0) {
                    break;
                }
                if (filled == mostBytes) {
                    throw ApiError.tooLarge(mostBytes);
                }
                body = grow(body, (int) Math.min(2L * filled, mostBytes), taken);
                body[filled++] = (byte) next;
            }
        }
        if (filled < declared) {
            throw new IOException("body ended after " + filled + " of " + declared + " bytes");
        }
        return filled == body.length ? body : Arrays.copyOf(body, filled);
    }

    private byte[] grow(byte[] body, int bytes, long[] taken) {
        long more = bytes - body.length;
        taken[0] += more;
        if (together.addAndGet(more) > mostBytesTogether) {
            throw ApiError.overloaded("Too many large requests are being read at this moment; try again.");
        }
        return Arrays.copyOf(body, bytes);
    }
}
