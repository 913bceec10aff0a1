package io.millrace.web.metrics;

import io.millrace.ejb.metrics.Histograms;
import jakarta.inject.Inject;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/** Puts the histograms below what the container writes on {@code /metrics}. */
@WebFilter("/metrics")
public class MetricsPage extends HttpFilter {

    private static final long serialVersionUID = 1L;

    @Inject
    private transient Histograms histograms;

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!request.getMethod().equals("GET") || request.getQueryString() != null) {
            chain.doFilter(request, response);
            return;
        }
        Held held = new Held(response);
        chain.doFilter(request, held);
        if (response.isCommitted()) {
            return;
        }
        String text = held.text() + histograms.text();
        byte[] page = text.getBytes(StandardCharsets.UTF_8);
        response.setContentLength(page.length);
        response.getOutputStream().write(page);
    }

    /** Keeps the container's text until ours can be added; errors pass. */
    private static final class Held extends HttpServletResponseWrapper {
        private final StringWriter text = new StringWriter();
        private final PrintWriter writer = new PrintWriter(text);

        Held(HttpServletResponse response) {
            super(response);
        }

        @Override
        public PrintWriter getWriter() {
            return writer;
        }

        @Override
        public void setContentLength(int length) {
            // not the whole length
        }

        @Override
        public void setContentLengthLong(long length) {
            // not the whole length
        }

        @Override
        public void flushBuffer() {
            // not the whole page
        }

        String text() {
            writer.flush();
            return text.toString();
        }
    }
}
