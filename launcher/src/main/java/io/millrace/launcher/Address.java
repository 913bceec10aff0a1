package io.millrace.launcher;

import java.net.URI;

/** Where the server listens. */
record Address(String host, int port) {

    /** For people on this machine. */
    String url() {
        return "http://" + (everywhere() || host.equals("127.0.0.1") ? "localhost" : bracketed(host)) + ":" + port;
    }

    /** For this machine's own requests; a name could resolve to an address where nobody listens. */
    URI uri(String path) {
        return URI.create("http://" + (everywhere() ? "127.0.0.1" : bracketed(host)) + ":" + port + path);
    }

    private boolean everywhere() {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    private static String bracketed(String host) {
        return host.contains(":") ? "[" + host + "]" : host;
    }
}
