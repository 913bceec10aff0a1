package io.millrace.launcher.download;

import io.millrace.config.DataSize;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.time.Duration;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLHandshakeException;

/** Does something again and again until it works, or until too many times in a row brought nothing. */
final class Attempts {

    /** So much more makes an attempt one that went well. */
    private static final long PROGRESS = 1 << 20;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final Source source;
    private final Limits limits;
    private final Watcher watcher;

    Attempts(Source source, Limits limits, Watcher watcher) {
        this.source = source;
        this.limits = limits;
        this.watcher = watcher;
    }

    /** One attempt; an {@link IOException} means that another one may help. */
    interface Attempt<T> {
        T run() throws IOException, DownloadException;
    }

    /** @param length how far the attempts have brought it, bytes */
    <T> T at(Attempt<T> attempt, LongSupplier length) throws DownloadException {
        long furthest = length.getAsLong();
        Duration pause = limits.firstPause();
        for (int inVain = 1; true; inVain++) {
            try {
                return attempt.run();
            } catch (IOException e) {
                requireHope(e, length.getAsLong());
                if (length.getAsLong() >= furthest + PROGRESS) {
                    furthest = length.getAsLong();
                    inVain = 1;
                    pause = limits.firstPause();
                }
                if (inVain >= limits.attempts()) {
                    throw gaveUp(e, inVain, length.getAsLong());
                }
                Duration wait = e instanceof TryAgain again && again.notBefore().compareTo(pause) > 0 ? again.notBefore() : pause;
                watcher.tell("It broke off: %s; trying again in %d s".formatted(Reasons.of(e), Math.max(1, wait.toSeconds())));
                sleep(wait);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
            }
        }
    }

    /** What is certain to fail again: a host that never answered, a certificate that is not trusted, a full disk. */
    private void requireHope(IOException e, long length) throws DownloadException {
        if (Reasons.hasCause(e, SSLHandshakeException.class)) {
            throw new DownloadException("The connection for " + source + " is not safe (" + Reasons.of(e)
                    + "): if your network has a certificate authority of its own, name its trust store with JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=FILE.", e);
        }
        boolean unreachable = Reasons.hasCause(e, ConnectException.class) || Reasons.hasCause(e, HttpConnectTimeoutException.class);
        if (unreachable && length == 0) {
            throw new DownloadException(source + " can't be reached (" + Reasons.of(e)
                    + "): see that the address is right; behind a proxy set HTTPS_PROXY or model.proxy, for a mirror model.hub.hf or model.hub.ms.", e);
        }
        if (String.valueOf(e.getMessage()).contains("No space left on device")) {
            throw new DownloadException("The disk is full: make room and run the same command again; it goes on at "
                    + new DataSize(length).rounded() + ".", e);
        }
    }

    private DownloadException gaveUp(IOException e, int attempts, long length) {
        String left = length > 0 ? ": %s are kept, and the same command goes on from there.".formatted(new DataSize(length).rounded()) : ": try again later.";
        return new DownloadException("%s can't be fetched: %s, %d times in a row%s".formatted(source, Reasons.of(e), attempts, left), e);
    }

    private static void sleep(Duration pause) throws DownloadException {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DownloadException("Interrupted: the same command goes on from there.");
        }
    }
}
