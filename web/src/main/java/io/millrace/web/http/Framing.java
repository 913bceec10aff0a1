package io.millrace.web.http;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Has an answer framed although its request offers an upgrade. Java's HttpClient offers HTTP/2 with each connection
 * (RFC 9110, 7.8: a server may ignore that); Payara's HTTP server, whose HTTP/2 is switched off, then takes the
 * connection for another protocol's and sends neither a content type nor chunks nor a length. The connection's end
 * would be the answer's, and one that is broken off would be taken for complete.
 */
@WebFilter(urlPatterns = "/*", asyncSupported = true)
public class Framing implements Filter {

    private static final Logger LOG = System.getLogger(Framing.class.getName());

    /** For what is answered by JAX-RS itself; requests with a body are answered past it. */
    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain) throws IOException, ServletException {
        if (request instanceof HttpServletRequest http && http.getMethod().equals("GET")) {
            keep(http);
        }
        chain.doFilter(request, response);
    }

    /**
     * To be called before the first byte of an answer and, since a body that still comes is read by the same flag, after
     * the last byte of its request. The connection is closed after the answer, as the server does by itself with those.
     */
    public static void keep(HttpServletRequest request) {
        if (request.getHeader("Upgrade") == null) {
            return;
        }
        try {
            Object coyote = ClientConnection.coyote(request);
            Object head = coyote.getClass().getMethod("getRequest").invoke(coyote);
            head.getClass().getMethod("setIgnoreContentModifiers", boolean.class).invoke(head, false);
        } catch (ReflectiveOperationException | LinkageError e) {
            LOG.log(Level.DEBUG, "No access to the HTTP server''s request: {0}", e.toString());
        }
    }
}
