package io.millrace.ejb.flow;

import io.millrace.ejb.flow.FlowEvent.Reasoning;
import io.millrace.ejb.flow.FlowEvent.Text;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The events of a flow that nobody has read, the newest text joined. Guarded by the lock of its {@link Flow}. */
final class Unread {

    private static final int LOGPROB_BYTES = 64;

    private final Deque<FlowEvent> events = new ArrayDeque<>();
    private StringBuilder pending = new StringBuilder();
    private List<TokenLogprob> pendingLogprobs = new ArrayList<>();
    private final TokenIds pendingTokens = new TokenIds();
    private int pendingChoice;
    private int chars;
    private int logprobs;

    /** Characters of text and of reasoning. */
    int chars() {
        return chars;
    }

    /** Of tokens, and of those that might have been. */
    int logprobs() {
        return logprobs;
    }

    void add(int choice, String text, List<TokenLogprob> more, int[] tokens) {
        if (choice != pendingChoice) {
            join();
            pendingChoice = choice;
        }
        pending.append(text);
        pendingLogprobs.addAll(more);
        pendingTokens.add(tokens);
        chars += text.length();
        logprobs += logprobs(more);
    }

    void add(FlowEvent event) {
        join();
        events.addLast(event);
        chars += chars(event);
    }

    /** The next one; null: there is none. */
    FlowEvent poll() {
        if (events.isEmpty()) {
            join();
        }
        FlowEvent event = events.pollFirst();
        chars -= chars(event);
        logprobs -= logprobs(event);
        return event;
    }

    void clear() {
        events.clear();
        pending.setLength(0);
        pendingLogprobs.clear();
        pendingTokens.take();
        chars = 0;
        logprobs = 0;
    }

    /** About the bytes of memory that an event takes. */
    static int size(FlowEvent event) {
        return Character.BYTES * chars(event) + LOGPROB_BYTES * logprobs(event);
    }

    private static int logprobs(FlowEvent event) {
        return event instanceof Text text ? logprobs(text.logprobs()) : 0;
    }

    private static int logprobs(List<TokenLogprob> tokens) {
        return tokens.stream().mapToInt(each -> 1 + each.top().size()).sum();
    }

    private static int chars(FlowEvent event) {
        return switch (event) {
            case Text text -> text.text().length();
            case Reasoning more -> more.text().length();
            case null, default -> 0;
        };
    }

    private void join() {
        if (!pending.isEmpty()) {
            events.addLast(new Text(pendingChoice, pending.toString(), List.copyOf(pendingLogprobs), pendingTokens.take()));
            pending = new StringBuilder();
            pendingLogprobs = new ArrayList<>();
        }
    }
}
