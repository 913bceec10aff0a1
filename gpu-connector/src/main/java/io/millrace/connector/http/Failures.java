package io.millrace.connector.http;

import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteException.Code;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLException;

/** What the HTTP client throws, in this boundary's words. Pure. */
final class Failures {

    private Failures() {}

    /** @param answered whether the server's headers were here already */
    static RemoteException of(String server, Throwable thrown, boolean answered) {
        Throwable cause = unwrapped(thrown);
        Code code = codeOf(cause, answered);
        return new RemoteException(code, server + ' ' + words(cause, code), cause);
    }

    private static Throwable unwrapped(Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static Code codeOf(Throwable cause, boolean answered) {
        if (cause instanceof CancellationException) {
            return Code.CLOSED;
        }
        if (!answered && isOfConnecting(cause)) {
            return Code.CONNECT;
        }
        // java.net.http keeps one HTTP/2 connection to a server and opens no second one when its streams are used up
        if (cause instanceof IOException && String.valueOf(cause.getMessage()).contains("too many concurrent streams")) {
            return Code.REFUSED_BUSY;
        }
        return cause instanceof ProtocolException ? Code.GARBAGE : Code.BROKEN;
    }

    private static boolean isOfConnecting(Throwable cause) {
        return cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException || cause instanceof SSLException
                || cause instanceof NoRouteToHostException || cause instanceof UnknownHostException
                || cause instanceof UnresolvedAddressException;
    }

    private static String words(Throwable cause, Code code) {
        return switch (code) {
            case CLOSED -> "was not asked any more: the answer was closed";
            case CONNECT -> "can't be reached: " + whyNot(cause);
            case REFUSED_BUSY -> "takes no more streams on its connection";
            case GARBAGE -> "does not speak HTTP: " + cause.getMessage();
            default -> "broke the connection off: " + (cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage());
        };
    }

    private static String whyNot(Throwable cause) {
        if (cause instanceof HttpConnectTimeoutException) {
            return "it took no connection in time";
        }
        if (caused(cause, UnresolvedAddressException.class) || caused(cause, UnknownHostException.class)) {
            return "there is no such host";
        }
        if (caused(cause, CertificateException.class)) {
            return "its certificate is not trusted: " + cause.getMessage();
        }
        if (cause instanceof SSLException) {
            return "TLS failed: " + cause.getMessage();
        }
        return cause.getMessage() == null ? "it refused the connection" : cause.getMessage();
    }

    private static boolean caused(Throwable thrown, Class<? extends Throwable> by) {
        for (Throwable each = thrown; each != null; each = each.getCause()) {
            if (by.isInstance(each)) {
                return true;
            }
        }
        return false;
    }
}
