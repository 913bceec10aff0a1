package io.millrace.launcher.download;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;

/** What went wrong on the way, in words. No state. */
final class Reasons {

    private Reasons() {}

    static String of(Throwable failure) {
        if (hasCause(failure, UnresolvedAddressException.class) || hasCause(failure, UnknownHostException.class)) {
            return "its name is not known";
        }
        if (failure instanceof HttpConnectTimeoutException) {
            return "it does not take the connection";
        }
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each.getMessage() != null && !each.getMessage().isBlank()) {
                return printable(each.getMessage());
            }
        }
        return failure instanceof ConnectException ? "it refuses the connection" : failure.getClass().getSimpleName();
    }

    static boolean hasCause(Throwable failure, Class<? extends Throwable> type) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (type.isInstance(each)) {
                return true;
            }
        }
        return false;
    }

    /** A stranger's text in one short line that can't steer a terminal. */
    static String printable(String text) {
        String line = text.strip().replaceAll("[\\p{Cntrl}\\p{Cf}\\s]+", " ");
        return line.length() <= 200 ? line : line.substring(0, 200) + "…";
    }
}
