package io.millrace.connector.remote;

import jakarta.resource.ResourceException;

/**
 * A failure of a server, or of the way to it. The message names the server and what was wrong with what it said; it
 * holds neither the key nor anything of prompt or answer that this side sent.
 */
public class RemoteException extends ResourceException {

    private static final long serialVersionUID = 1L;

    /** What failed. */
    public enum Code {
        /** Not reached: refused, no such name, no answer to connecting, or TLS (the message says which). */
        CONNECT(true),
        /** The answer broke off: reset, or ended before it was finished. */
        BROKEN(true),
        /** What came is not this protocol: a redirect, another content type, no JSON, a line without end. */
        GARBAGE(true),
        /** 429. */
        REFUSED_BUSY(true),
        /** 402: the account is empty. */
        PAYMENT(true),
        /** 401 or 403. */
        AUTHENTICATION(true),
        /** 5xx, 408, or an answer that the server gave up for want of resources. */
        UNAVAILABLE(true),
        /** The prompt is longer than the model's context. */
        CONTEXT_LENGTH(false),
        /** Any other 4xx. */
        INVALID(false),
        /** The dialect can't carry the call; nothing was sent. */
        UNSUPPORTED(true),
        /** The answer was closed on this side. */
        CLOSED(false);

        private final boolean elsewhere;

        Code(boolean elsewhere) {
            this.elsewhere = elsewhere;
        }
    }

    /** Not the error code of {@link ResourceException}, which would be added to the message. */
    private final Code code;
    private final int retryAfterSeconds;
    private final boolean mayRetryElsewhere;

    public RemoteException(Code code, String message) {
        this(code, message, 0, code.elsewhere, null);
    }

    public RemoteException(Code code, String message, Throwable cause) {
        this(code, message, 0, code.elsewhere, cause);
    }

    public RemoteException(Code code, String message, int retryAfterSeconds, boolean mayRetryElsewhere, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.retryAfterSeconds = retryAfterSeconds;
        this.mayRetryElsewhere = mayRetryElsewhere;
    }

    public Code code() {
        return code;
    }

    /** How long the server asks to be left alone, seconds (RFC 9110, section 10.2.3); 0 when it does not say. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }

    /** Whether the same call may do better at another server. */
    public boolean mayRetryElsewhere() {
        return mayRetryElsewhere;
    }
}
