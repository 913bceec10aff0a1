package io.millrace.web.openai;

import io.millrace.web.error.ApiError;
import io.millrace.web.error.ErrorMapper;
import io.millrace.web.error.ErrorResponse;
import io.millrace.web.http.MediaTypes;
import io.millrace.web.http.RequestId;
import io.millrace.web.metrics.HttpMetrics;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * An endpoint that answers with text. A servlet and no JAX-RS resource: answers are written past JAX-RS anyway, and its
 * way to a method that returns at once costs a call more than everything else that is done here. Thread-safe.
 *
 * <p>Where requests come by paths without {@code /v1} or with {@code /beta} (DeepSeek's), they reach the same servlet.
 */
public abstract class Door extends HttpServlet {

    private static final long serialVersionUID = 1L;
    private static final Logger LOG = System.getLogger("io.millrace.web");
    private static final String ALLOWED = "OPTIONS, POST";

    @Inject
    private transient Answers answers;

    @Inject
    private transient HttpMetrics metrics;

    /** Has a request answered on another thread. */
    protected abstract void begin(Answers by, HttpServletRequest request, HttpServletResponse response);

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            switch (request.getMethod()) {
                case "POST" -> {
                    requireTypes(request);
                    begin(answers, request, response);
                }
                case "OPTIONS" -> {
                    response.setHeader("Allow", ALLOWED);
                    response.setHeader(RequestId.HEADER, RequestId.of(request));
                }
                default -> {
                    response.setHeader("Allow", ALLOWED);
                    throw ErrorMapper.ofStatus(405);
                }
            }
        } catch (ApiError e) {
            refuse(e, request, response);
        } catch (RuntimeException e) {
            String id = RequestId.of(request);
            LOG.log(Level.ERROR, "Request " + id + " failed", e);
            refuse(ApiError.internal(id), request, response);
        }
    }

    private static void requireTypes(HttpServletRequest request) {
        if (!MediaTypes.isJson(request.getContentType())) {
            throw ErrorMapper.ofStatus(415);
        }
        if (!MediaTypes.allows(request.getHeaders("Accept"), Exchange.TYPES)) {
            throw ErrorMapper.ofStatus(406);
        }
    }

    private void refuse(ApiError error, HttpServletRequest request, HttpServletResponse response) throws IOException {
        metrics.refused("routing", error.status());
        ErrorResponse.write(error, request, response);
    }
}
