package io.millrace.ejb.region;

import io.millrace.connector.remote.RemoteAnswer;
import io.millrace.connector.remote.RemoteEvent.Candidate;
import io.millrace.connector.remote.RemoteEvent.Logprob;
import io.millrace.connector.remote.RemoteEvent;
import io.millrace.connector.remote.RemoteException;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.flow.Refusal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** One region's part of a choice while it comes in. Owned by the passage's thread. */
final class Listening {

    /** Of the longest silence that is borne, the part after which another region may be asked. */
    private static final int SLOW_PART = 2;
    private static final Set<String> GIVEN_UP = Set.of("abort", "error");

    private final Passage passage;
    private final Errand errand;
    private final int choice;
    private final Said said;
    private final Region here;
    private final long pass;
    private final Route.Leg leg;
    private final long sentNanos;
    private long heardNanos;
    /** Whether it was asked to go on with text. */
    private final boolean goesOn;
    private boolean thought;
    private boolean answered;
    private boolean anything;
    private boolean slow;
    private String finished;
    private RemoteEvent.Usage usage;

    Listening(Passage passage, int choice, Said said, Region here, long pass, Route.Leg leg, long sentNanos) {
        this.passage = passage;
        this.errand = passage.errand();
        this.choice = choice;
        this.said = said;
        this.goesOn = !said.isEmpty();
        said.thoughts().anew();
        this.here = here;
        this.pass = pass;
        this.leg = leg;
        this.sentNanos = sentNanos;
        this.heardNanos = sentNanos;
    }

    /**
     * Takes what comes until the choice is complete or nobody wants it any more.
     *
     * @param before tokens that were said before
     * @throws RemoteException when it breaks off, or is silent for longer than this region usually is
     */
    void listen(RemoteAnswer upstream, int before) throws RemoteException, InterruptedException {
        while (true) {
            switch (next(upstream)) {
                case RemoteEvent.Accepted _ -> leg.accepted(System.nanoTime());
                case RemoteEvent.Piece piece -> {
                    if (!take(piece)) {
                        stopped();
                        return;
                    }
                }
                case RemoteEvent.Finished end -> {
                    requireFirst();
                    finished = whole(end.reason());
                }
                case RemoteEvent.Usage counted -> {
                    usage = counted;
                    if (answered) {
                        // before that they are tokens of thoughts, which the next region would think again
                        said.atLeast(before + counted.completionTokens());
                    }
                }
                case RemoteEvent.Silence _, RemoteEvent.End _ -> {
                    requireFinished();
                    complete(before);
                    return;
                }
            }
        }
    }

    private RemoteEvent next(RemoteAnswer upstream) throws RemoteException, InterruptedException {
        long patience = silence().deadlineNanos();
        try {
            if (!slow && finished == null) {
                RemoteEvent event = upstream.next(left(patience / SLOW_PART));
                if (!(event instanceof RemoteEvent.Silence)) {
                    return event;
                }
                slow = true;
                passage.slow();
            }
            return upstream.next(left(patience));
        } catch (RemoteException e) {
            if (finished == null) {
                throw e;
            }
            // it said why it ended: all of the answer is here, only the count isn't
            return new RemoteEvent.End();
        }
    }

    private Duration left(long patience) {
        return Duration.ofNanos(Math.max(0, heardNanos + patience - System.nanoTime()));
    }

    private Silence silence() {
        return anything ? here.betweenTokens() : here.beforeFirst();
    }

    /** @throws RemoteException where a region that was asked beside this one has the choice */
    private void requireFirst() throws RemoteException {
        if (!passage.beside().yields()) {
            throw new RemoteException(RemoteException.Code.CLOSED, "another region was faster");
        }
    }

    private boolean take(RemoteEvent.Piece piece) throws RemoteException {
        long now = System.nanoTime();
        silence().heard(now - heardNanos);
        slow = false;
        if (!anything) {
            here.served(pass, now);
            errand.network().changed();
        }
        anything = true;
        heardNanos = now;
        if (piece.isEmpty()) {
            return true;
        }
        requireFirst();
        if (!piece.reasoning().isEmpty() && !reason(piece.reasoning(), now)) {
            return false;
        }
        if (piece.text().isEmpty() && piece.tokens() == null) {
            return true;
        }
        answered = true;
        int tokens = piece.tokens() == null ? 1 : piece.tokens().length;
        said.add(piece.text(), piece.tokens(), tokens);
        return errand.answer().accept(choice, piece.text(), tokens, piece.tokens(), logprobs(piece.logprobs()), now);
    }

    /** What is thought after the answer has begun is none of the client's. */
    private boolean reason(String words, long nowNanos) {
        thought = true;
        String told = goesOn ? "" : said.thoughts().more(words);
        return told.isEmpty() || errand.answer().reasons(choice, told, nowNanos);
    }

    /** What has finished is whole, even if its server never says how much it was. */
    private void requireFinished() throws RemoteException {
        if (finished == null) {
            Duration silent = Duration.ofNanos(System.nanoTime() - heardNanos);
            throw new SilentException(here.name(), silent);
        }
        if (goesOn && thought && !answered) {
            // a server that takes the rest of an answer for thoughts: the answer would seem whole without it
            throw new RemoteException(RemoteException.Code.BROKEN, here.name() + " was to go on with an answer and only thought");
        }
    }

    private void complete(int before) {
        Answer answer = errand.answer();
        if (before > 0 && errand.ask().json() && reason() == FinishReason.STOP && !JsonText.isObject(said.all())) {
            errand.fail(new Refusal(Reason.ENGINE_FAILED, "The region that went on with this answer did not keep to JSON.", null, 5));
            return;
        }
        if (usage != null) {
            answer.counted(choice, Math.max(0, usage.promptTokens() - before), before + usage.completionTokens(), usage.thoughtTokens());
            if (before == 0) {
                answer.cached(usage.cachedTokens());
            }
        }
        long now = System.nanoTime();
        here.good(pass, now);
        errand.network().warmth().put(errand.conversation(), here.name());
        answer.complete(choice, reason());
    }

    /** The choice ended before its server said that it does: at a stop string or the most tokens, or nobody wants more. */
    private void stopped() {
        Answer.Outcome outcome = errand.answer().outcome();
        if (outcome == null || outcome == Answer.Outcome.OK) {
            here.good(pass, System.nanoTime());
            errand.network().warmth().put(errand.conversation(), here.name());
        }
    }

    /** @throws RemoteException where the reason is that the server gave the answer up (vLLM's and SGLang's words) */
    private String whole(String reason) throws RemoteException {
        if (GIVEN_UP.contains(reason)) {
            throw new RemoteException(RemoteException.Code.BROKEN, here.name() + " gave the answer up: " + reason);
        }
        return reason;
    }

    private FinishReason reason() {
        return "length".equals(finished) ? FinishReason.LENGTH : FinishReason.STOP;
    }

    private static List<TokenLogprob> logprobs(List<Logprob> pieces) {
        return pieces.isEmpty() ? List.of() : pieces.stream().map(one -> new TokenLogprob(bytes(one.token()), one.token().logprob(),
                one.top().stream().map(top -> new TokenLogprob(bytes(top), top.logprob(), List.of())).toList())).toList();
    }

    private static byte[] bytes(Candidate token) {
        return token.bytes() != null ? token.bytes() : token.text().getBytes(StandardCharsets.UTF_8);
    }
}
