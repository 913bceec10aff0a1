package io.millrace.launcher.download;

import java.io.IOException;
import java.time.Duration;

/** An attempt that failed in a way that may pass. */
final class TryAgain extends IOException {

    private static final long serialVersionUID = 1L;

    private final Duration notBefore;

    TryAgain(String message) {
        this(message, Duration.ZERO);
    }

    /** @param notBefore how long the server asked to be left alone */
    TryAgain(String message, Duration notBefore) {
        super(message);
        this.notBefore = notBefore;
    }

    Duration notBefore() {
        return notBefore;
    }
}
