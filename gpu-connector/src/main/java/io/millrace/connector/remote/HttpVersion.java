package io.millrace.connector.remote;

/** Which HTTP is spoken with a server. */
public enum HttpVersion {

    /** HTTP/2 over TLS where the server wants it (ALPN), HTTP/1.1 on a bare connection. */
    AUTO,
    HTTP_1_1,
    /** Also asks a server without TLS to change over ({@code Upgrade: h2c}); one that does not is answered in 1.1. */
    HTTP_2
}
