package io.millrace.web.openai;

import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.intake.Intake;
import io.millrace.ejb.intake.Submission;
import io.millrace.ejb.intake.Submission.Accepted;
import io.millrace.web.error.ApiError;
import io.millrace.web.error.ErrorBody;
import io.millrace.web.http.ClientConnection;
import io.millrace.web.http.RequestId;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * One request and its answer, on one thread: submits, then carries the flow's events to the client until the last one.
 *
 * <p>Nothing is sent until the first event or until {@code keepAlive} has passed, so that what fails early fails with
 * its true status. What fails later ends with an error and a connection that is broken off, because a clean end is
 * taken for a complete answer by clients.
 */
final class Exchange {

    private static final Logger LOG = System.getLogger("io.millrace.web");
    private static final MediaType EVENTS = MediaType.valueOf("text/event-stream;charset=utf-8");

    private final HttpServletRequest request;
    private final AsyncResponse response;
    private final Format format;
    private final Duration keepAlive;
    private final Intake intake;

    private Question question;
    private Accepted call;
    private Flow flow;
    private ClientConnection client;

    Exchange(HttpServletRequest request, AsyncResponse response, Format format, Duration keepAlive, Intake intake) {
        this.request = request;
        this.response = response;
        this.format = format;
        this.keepAlive = keepAlive;
        this.intake = intake;
    }

    void run(Supplier<Question> reading) {
        try {
            question = reading.get();
            switch (intake.submit(question.request())) {
                case Submission.Refused refused -> throw ApiError.of(refused.refusal());
                case Accepted accepted -> answer(accepted);
            }
        } catch (InterruptedException e) {
            flow.cancel();
            response.resume(ApiError.unavailable("The server is stopping."));
        } catch (RuntimeException | IOException e) {
            if (flow != null) {
                flow.cancel();
            }
            response.resume(e);
        } finally {
            if (client != null) {
                client.release();
            }
        }
    }

    private void answer(Accepted accepted) throws InterruptedException, IOException {
        call = accepted;
        flow = accepted.flow();
        RequestId.set(request, call.callId());
        client = ClientConnection.of(request);
        client.onGone(flow::cancel);
        if (question.stream()) {
            stream();
        } else {
            whole();
        }
    }

    private void stream() throws InterruptedException {
        FlowEvent first = flow.next(keepAlive);
        if (first instanceof FlowEvent.Broken broken) {
            throw ApiError.of(broken.refusal());
        }
        StreamAnswer answer = new StreamAnswer(call, question, format);
        resume(EVENTS, new Body() {
            @Override
            public void send(OutputStream out) throws IOException, InterruptedException {
                for (FlowEvent event = first; !carry(event, answer, out); ) {
                    event = flow.next(keepAlive);
                }
            }

            @Override
            public void fail(OutputStream out, ApiError error) throws IOException {
                answer.error(error);
                answer.writeTo(out);
            }
        });
    }

    /** @return whether this was the last event */
    private boolean carry(FlowEvent event, StreamAnswer answer, OutputStream out) throws IOException {
        switch (event) {
            case null -> answer.keepAlive();
            case FlowEvent.Text text -> answer.text(text);
            case FlowEvent.ChoiceDone done -> answer.done(done);
            case FlowEvent.End end -> {
                answer.end(end);
                client.release();
            }
            case FlowEvent.Broken broken -> throw ApiError.of(broken.refusal());
        }
        answer.writeTo(out);
        return event instanceof FlowEvent.End;
    }

    private void whole() throws InterruptedException, IOException {
        WholeAnswer answer = new WholeAnswer(call, question, format);
        FlowEvent.End end = collect(answer);
        if (end != null) {
            client.release();
            byte[] body = answer.json(end.usage());
            response.resume(ok(body, MediaType.APPLICATION_JSON_TYPE).header(HttpHeaders.CONTENT_LENGTH, body.length).build());
            return;
        }
        resume(MediaType.APPLICATION_JSON_TYPE, new Body() {
            @Override
            public void send(OutputStream out) throws IOException, InterruptedException {
                FlowEvent.End last;
                do {
                    out.write('\n');
                    out.flush();
                    last = collect(answer);
                } while (last == null);
                client.release();
                out.write(answer.json(last.usage()));
                out.flush();
            }

            @Override
            public void fail(OutputStream out, ApiError error) throws IOException {
                out.write(ErrorBody.of(error));
                out.flush();
            }
        });
    }

    /** Collects events until the last one, or until it is time for a sign of life: then null. */
    private FlowEvent.End collect(WholeAnswer answer) throws InterruptedException {
        long until = System.nanoTime() + keepAlive.toNanos();
        while (true) {
            long left = until - System.nanoTime();
            FlowEvent event = left > 0 ? flow.next(Duration.ofNanos(left)) : null;
            switch (event) {
                case null -> {
                    return null;
                }
                case FlowEvent.Text text -> answer.text(text);
                case FlowEvent.ChoiceDone done -> answer.done(done);
                case FlowEvent.End end -> {
                    return end;
                }
                case FlowEvent.Broken broken -> throw ApiError.of(broken.refusal());
            }
        }
    }

    /** What goes out once the status has: from here on an error can only be told inside the body. */
    private interface Body {
        void send(OutputStream out) throws IOException, InterruptedException;

        void fail(OutputStream out, ApiError error) throws IOException;
    }

    private void resume(MediaType type, Body body) {
        StreamingOutput output = out -> {
            try {
                body.send(out);
            } catch (IOException e) {
                // the client is gone; nobody is left to tell
                flow.cancel();
            } catch (InterruptedException e) {
                breakOff(body, out, ApiError.unavailable("The server is stopping."));
            } catch (ApiError e) {
                breakOff(body, out, e);
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, "Call " + call.callId() + " failed while it was answered", e);
                breakOff(body, out, ApiError.internal(call.callId()));
            }
        };
        response.resume(ok(output, type).build());
    }

    private void breakOff(Body body, OutputStream out, ApiError error) {
        flow.cancel();
        LOG.log(Level.INFO, "broken off: {0} id={1}", error.code(), call.callId());
        try {
            body.fail(out, error);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "The client was gone before it could be told");
        }
        client.abort();
    }

    private Response.ResponseBuilder ok(Object entity, MediaType type) {
        return Response.ok(entity, type)
                .header(RequestId.HEADER, call.callId())
                .header(HttpHeaders.CACHE_CONTROL, "no-cache")
                .header("X-Accel-Buffering", "no");
    }
}
