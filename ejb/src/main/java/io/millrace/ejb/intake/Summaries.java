package io.millrace.ejb.intake;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.ejb.batch.BatchLoop;
import io.millrace.ejb.batch.BatchStats;
import io.millrace.ejb.context.ConversationAsk;
import io.millrace.ejb.context.Conversations;
import io.millrace.ejb.context.Session;
import io.millrace.ejb.context.Unsummarised;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.Reader;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.model.Engines;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * Has the engine here sum up the turns of a conversation that its prompts have no room for, when nothing else waits for it: one
 * at a time, as a call of P3. Where the engine is busy nothing is done; the conversation's next turn asks again. Thread-safe.
 */
final class Summaries {

    private static final Logger LOG = System.getLogger(Summaries.class.getName());

    /** Of a summary, tokens. */
    private static final int LONGEST = 256;
    /** What surrounds a message in a model's own format, tokens. */
    private static final int AROUND = 32;
    private static final String ENDPOINT = "summary";
    private static final String ENGLISH = "Sum up the conversation below in at most 120 words, so that you can go on with it later. Keep names, numbers,"
            + " decisions and open questions. Write nothing but the summary.\n\n";
    private static final String CHINESE = "请用不超过200字概括下面的对话，以便之后继续。保留姓名、数字、决定和未解决的问题。只写概括本身。\n\n";

    private final Conversations conversations;
    private final Engines engines;
    private final Function<GenerationRequest, Submission> intake;
    private final Duration patience;
    private final Semaphore one = new Semaphore(1);

    /** @param patience how long to wait for the next piece of a summary */
    Summaries(Conversations conversations, Engines engines, Function<GenerationRequest, Submission> intake, Duration patience) {
        this.conversations = conversations;
        this.engines = engines;
        this.intake = intake;
        this.patience = patience;
    }

    /** A turn was kept. Returns at once. */
    void kept(GenerationRequest request, Session session) {
        if (!session.unsummarised() || !one.tryAcquire()) {
            return;
        }
        Optional<BatchLoop> loop = engines.serving(request.model()).filter(each -> isIdle(each.stats()));
        if (loop.isEmpty()) {
            one.release();
            return;
        }
        conversations.aside(() -> {
            summarise(request, session.id(), loop.get());
            return CompletableFuture.completedFuture(null);
        }).whenComplete((_, failure) -> {
            one.release();
            if (failure != null) {
                LOG.log(Level.WARNING, "A conversation was not summed up; its next turn asks again: " + failure, failure);
            }
        });
    }

    /** The call that has just ended may be counted still. */
    private static boolean isIdle(BatchStats stats) {
        return stats.waiting() == 0 && stats.running() <= 1;
    }

    private void summarise(GenerationRequest request, String id, BatchLoop loop) throws InterruptedException, EngineException {
        Unsummarised turns = conversations.unsummarised(request.caller().keyId(), id).orElse(null);
        if (turns == null) {
            return;
        }
        Tokenizer tokenizer = loop.tokenizer();
        Text text = text(turns, loop.model().slotTokens() - LONGEST - AROUND, told -> tokenizer.encode(told, false, false).length);
        Submission submission = intake.apply(new GenerationRequest(request.caller(), ENDPOINT, request.model(),
                new Prompt.Chat(List.of(new Tokenizer.Turn("user", text.text)), false, false), Sampling.GREEDY, LONGEST, List.of(), 1, Lane.P3,
                request.user(), false, Continuation.NONE, ConversationAsk.about(id)));
        if (submission instanceof Submission.Accepted accepted) {
            String summary = read(accepted.flow());
            if (!summary.isBlank()) {
                conversations.summarise(turns, text.turns, summary.strip());
            }
        }
    }

    /** @param turns how many are in it */
    private record Text(String text, int turns) {}

    private interface Count {
        int of(String text) throws EngineException;
    }

    /** As many turns as there is room for; of one that alone is too long, its beginning. */
    private static Text text(Unsummarised turns, int room, Count count) throws EngineException {
        StringBuilder text = new StringBuilder(turns.isChinese() ? CHINESE : ENGLISH);
        if (!turns.beforeText().isEmpty()) {
            text.append(turns.beforeText()).append("\n\n");
        }
        int free = room - count.of(text.toString());
        int left = free;
        int taken = 0;
        for (String turn : turns.texts()) {
            left -= count.of(turn);
            if (left < 0) {
                break;
            }
            text.append(turn);
            taken++;
        }
        return taken > 0 ? new Text(text.toString(), taken) : new Text(text + beginning(turns.texts().getFirst(), free, count), 1);
    }

    private static String beginning(String turn, int room, Count count) throws EngineException {
        String begin = turn;
        while (!begin.isEmpty() && count.of(begin) > room) {
            begin = begin.substring(0, begin.offsetByCodePoints(0, begin.codePointCount(0, begin.length()) / 2));
        }
        return begin;
    }

    /** Empty where it didn't come to its end. */
    private String read(Reader reader) throws InterruptedException {
        try (reader) {
            StringBuilder text = new StringBuilder();
            FlowEvent event = reader.next(patience);
            while (event != null && !(event instanceof FlowEvent.End) && !(event instanceof FlowEvent.Broken)) {
                if (event instanceof FlowEvent.Text more) {
                    text.append(more.text());
                }
                event = reader.next(patience);
            }
            if (event == null) {
                reader.leave();
            }
            return event instanceof FlowEvent.End ? text.toString() : "";
        }
    }
}
