package io.millrace.web.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.ejb.client.Caller;
import io.millrace.ejb.intake.Intake;
import io.millrace.ejb.quota.Quotas;
import io.millrace.web.WebSettings;
import io.millrace.web.auth.ApiCaller;
import io.millrace.web.error.ApiError;
import io.millrace.web.http.Bodies;
import io.millrace.web.http.RateLimitHeaders;
import io.millrace.web.http.Reply;
import io.millrace.web.http.StreamWriters;
import io.millrace.web.json.Json;
import io.millrace.web.metrics.HttpMetrics;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;

/** Takes a request off the HTTP worker and has it answered. Thread-safe. */
@ApplicationScoped
public class Answers {

    @Inject Intake intake;
    @Inject Quotas quotas;
    @Inject Bodies bodies;
    @Inject StreamWriters writers;
    @Inject WebSettings settings;
    @Inject HttpMetrics metrics;

    /** Reads one endpoint's body. */
    @FunctionalInterface
    public interface Reading {
        Question read(ObjectNode body, Caller caller, Wishes wishes);
    }

    /**
     * Returns at once; the answer goes to the client, whatever becomes of it.
     *
     * @param endpoint as which it is counted
     */
    public void begin(HttpServletRequest request, HttpServletResponse response, String endpoint, Format format, Reading reading) {
        long startNanos = System.nanoTime();
        Caller caller = ApiCaller.of(request);
        Wishes wishes = Wishes.of(request);
        Comeback comeback = Comeback.of(request, format);
        Reply reply = new Reply(request, response, settings.writeTimeout(), head -> tellLimits(caller, head),
                status -> metrics.answered(endpoint, status, Duration.ofNanos(System.nanoTime() - startNanos)));
        try {
            writers.start(() -> new Exchange(reply, format, settings.keepAlive(), intake, comeback)
                    .run(() -> bodies.read(request, body -> {
                        comeback.read(body);
                        return reading.read(Json.object(body), caller, wishes);
                    })));
        } catch (ApiError e) {
            reply.refuse(e);
        }
    }

    private void tellLimits(Caller caller, HttpServletResponse head) {
        RateLimitHeaders.write(quotas.standing(caller.keyId(), caller.limits()), head);
    }
}
