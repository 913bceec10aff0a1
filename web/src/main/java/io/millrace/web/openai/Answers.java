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
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.container.AsyncResponse;

/** Takes a request off the HTTP worker and has it answered. Thread-safe. */
@ApplicationScoped
public class Answers {

    @Inject Intake intake;
    @Inject Quotas quotas;
    @Inject Bodies bodies;
    @Inject StreamWriters writers;
    @Inject WebSettings settings;

    /** Reads one endpoint's body. */
    @FunctionalInterface
    public interface Reading {
        Question read(ObjectNode body, Caller caller, Wishes wishes);
    }

    /** Returns at once; the answer goes to the client, whatever becomes of it. */
    public void begin(HttpServletRequest request, HttpServletResponse response, AsyncResponse suspended, Format format, Reading reading) {
        Caller caller = ApiCaller.of(request);
        Wishes wishes = Wishes.of(request);
        Comeback comeback = Comeback.of(request, format);
        Reply reply = new Reply(request, response, suspended, settings.writeTimeout(), head -> tellLimits(caller, head));
        try {
            writers.start(() -> new Exchange(reply, format, settings.keepAlive(), intake, comeback)
                    .run(() -> bodies.read(request, body -> {
                        comeback.read(body);
                        return reading.read(Json.object(body), caller, wishes);
                    })));
        } catch (ApiError e) {
            tellLimits(caller, response);
            throw e;
        }
    }

    private void tellLimits(Caller caller, HttpServletResponse head) {
        RateLimitHeaders.write(quotas.standing(caller.keyId(), caller.limits()), head);
    }
}
