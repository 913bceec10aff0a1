package io.millrace.ejb.region;

import io.millrace.connector.remote.RemoteException;
import java.time.Duration;

/** A region said nothing for too long. */
final class SilentException extends RemoteException {

    private static final long serialVersionUID = 1L;

    SilentException(String region, Duration how) {
        super(Code.UNAVAILABLE, "Region " + region + " said nothing for " + how.toMillis() + " ms.");
    }
}
