package io.millrace.web.openai;

import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.Reader;
import io.millrace.ejb.intake.Intake;
import io.millrace.ejb.intake.Submission;
import io.millrace.ejb.intake.Submission.Accepted;
import io.millrace.web.error.ApiError;
import io.millrace.web.error.ErrorBody;
import io.millrace.web.http.Reply;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
    private static final String EVENTS = "text/event-stream;charset=utf-8";
    private static final String JSON = "application/json";
    /** Of which a client must take one. */
    static final List<String> TYPES = List.of(JSON, "text/event-stream");

    /** Answers that take no longer are over before it pays to watch their clients. */
    private static final long UNWATCHED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Reply reply;
    private final Format format;
    private final Duration keepAlive;
    private final Intake intake;
    private final Comeback comeback;
    private Question question;
    private Accepted call;
    private Streaming streaming;
    private long watchAtNanos;
    private boolean watched;

    Exchange(Reply reply, Format format, Duration keepAlive, Intake intake, Comeback comeback) {
        this.comeback = comeback;
        this.reply = reply;
        this.format = format;
        this.keepAlive = keepAlive;
        this.intake = intake;
    }

    /** Answers the question that {@code reading} gives, or says why not. */
    void run(Supplier<Question> reading) {
        try {
            question = reading.get();
            switch (submit()) {
                case Submission.Refused refused -> throw ApiError.of(refused.refusal());
                case Accepted accepted -> answer(accepted);
            }
        } catch (ApiError e) {
            fail(e);
        } catch (InterruptedException e) {
            fail(ApiError.stopping());
        } catch (IOException e) {
            // the client is gone: nobody is left to tell
            reply.abort();
        } catch (RuntimeException e) {
            failUnexpectedly(e);
        } finally {
            if (call != null) {
                call.flow().close();
            }
        }
    }

    private Submission submit() throws InterruptedException {
        if (!question.stream()) {
            if (comeback.returns()) {
                throw ApiError.invalid("stream", "'Last-Event-ID' goes on with a stream: 'stream' must be true.");
            }
            return intake.submit(question.request());
        }
        return comeback.returns() ? intake.resume(question.request(), comeback.fingerprint(), comeback.eventId())
                : intake.submit(question.request(), comeback.fingerprint());
    }

    private void answer(Accepted accepted) throws InterruptedException, IOException {
        call = accepted;
        reply.identify(call.callId());
        reply.onGone(call.flow()::leave);
        watchAtNanos = System.nanoTime() + UNWATCHED_NANOS;
        if (question.stream()) {
            streaming = format.stream(call, question);
            stream(streaming, call.flow());
        } else {
            whole(format.whole(call, question), call.flow());
        }
    }

    private void stream(Streaming answer, Reader flow) throws InterruptedException, IOException {
        FlowEvent event;
        do {
            event = next(flow, keepAlive.toNanos());
            requireReader(flow);
            switch (event) {
                case null -> answer.keepAlive();
                case FlowEvent.Text text -> answer.text(text);
                case FlowEvent.Reasoning more -> answer.reasoning(more);
                case FlowEvent.ChoiceDone done -> answer.done(done);
                case FlowEvent.End end -> {
                    answer.end(end);
                    reply.lastByteFollows();
                }
                case FlowEvent.Broken broken -> throw ApiError.of(broken.refusal());
            }
            OutputStream out = reply.start(EVENTS);
            answer.writeTo(out);
            if (!(event instanceof FlowEvent.End)) {
                // the last one leaves with the mark of the body's end
                out.flush();
            }
        } while (!(event instanceof FlowEvent.End));
        reply.finish();
    }

    private void whole(Whole answer, Reader flow) throws InterruptedException, IOException {
        FlowEvent.End end = collect(answer, flow);
        while (end == null) {
            OutputStream out = reply.start(JSON);
            out.write('\n');
            out.flush();
            end = collect(answer, flow);
        }
        reply.send(JSON, answer.json(end.usage()));
    }

    /** Collects events until the last one, or until it is time for a sign of life: then null. */
    private FlowEvent.End collect(Whole answer, Reader flow) throws InterruptedException, IOException {
        long until = System.nanoTime() + keepAlive.toNanos();
        while (true) {
            long leftNanos = until - System.nanoTime();
            FlowEvent event = leftNanos > 0 ? next(flow, leftNanos) : null;
            requireReader(flow);
            switch (event) {
                case null -> {
                    return null;
                }
                case FlowEvent.Text text -> answer.text(text);
                case FlowEvent.Reasoning more -> answer.reasoning(more);
                case FlowEvent.ChoiceDone done -> answer.done(done);
                case FlowEvent.End end -> {
                    return end;
                }
                case FlowEvent.Broken broken -> throw ApiError.of(broken.refusal());
            }
        }
    }

    /** The flow's next event; null: none came in time. */
    private FlowEvent next(Reader flow, long patienceNanos) throws InterruptedException {
        long left = patienceNanos;
        if (!watched) {
            long unwatched = Math.clamp(watchAtNanos - System.nanoTime(), 0, left);
            FlowEvent event = unwatched > 0 ? flow.next(Duration.ofNanos(unwatched)) : null;
            left -= unwatched;
            if (event != null || left == 0 || flow.hasLeft()) {
                return event;
            }
            watched = true;
            reply.watch();
        }
        return flow.next(Duration.ofNanos(left));
    }

    private static void requireReader(Reader flow) throws IOException {
        if (flow.hasLeft()) {
            throw new IOException("the client is gone");
        }
    }

    private void failUnexpectedly(RuntimeException e) {
        String id = reply.id();
        LOG.log(Level.ERROR, "Request " + id + " failed", e);
        fail(ApiError.internal(id));
    }

    private void fail(ApiError error) {
        if (reply.gone()) {
            reply.abort();
        } else if (reply.started()) {
            breakOff(error);
        } else {
            reply.refuse(error);
        }
    }

    private void breakOff(ApiError error) {
        LOG.log(Level.INFO, "broken off {0} id={1}", error.code(), reply.id());
        try {
            OutputStream out = reply.start(null);
            out.write(streaming == null ? ErrorBody.of(error) : streaming.broken(error));
            out.flush();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "The client was gone before it could be told");
        }
        reply.abort();
    }
}
