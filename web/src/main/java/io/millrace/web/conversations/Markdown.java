package io.millrace.web.conversations;

import io.millrace.ejb.context.Conversation;
import io.millrace.ejb.context.Item;
import io.millrace.web.json.Text;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A conversation as Markdown (CommonMark). What people wrote stands in fences that are longer than any run of backticks in it,
 * so nothing in it is a heading, an end or HTML. No state.
 */
final class Markdown {

    private static final int LEAST_FENCE = 3;
    private static final Pattern RUN = Pattern.compile("`+");

    private Markdown() {}

    static String of(Conversation conversation, List<Item> items) {
        StringBuilder text = new StringBuilder("# Conversation ").append(conversation.id())
                .append("\n\nBegun ").append(time(conversation.createdMillis())).append(", last used ").append(time(conversation.lastUsedMillis()))
                .append("; ").append(items.size()).append(" messages.\n");
        if (!conversation.metadata().isEmpty()) {
            text.append("\n## Metadata\n\n");
            StringBuilder pairs = new StringBuilder();
            for (Map.Entry<String, String> each : new TreeMap<>(conversation.metadata()).entrySet()) {
                pairs.append(pairs.isEmpty() ? "" : "\n").append(each.getKey()).append(": ").append(each.getValue());
            }
            fence(text, pairs.toString());
        }
        for (Item item : items) {
            text.append("\n## ").append(item.role()).append(", ").append(time(item.atMillis())).append("\n\n");
            fence(text, item.text());
        }
        return text.toString();
    }

    private static void fence(StringBuilder text, String content) {
        int longest = RUN.matcher(content).results().mapToInt(run -> run.end() - run.start()).max().orElse(0);
        String fence = "`".repeat(Math.max(LEAST_FENCE, longest + 1));
        text.append(fence).append("text\n").append(lines(content)).append('\n').append(fence).append('\n');
    }

    /** With one kind of line's end, since a carriage return before the fence's own would be taken for a part of it. */
    private static String lines(String content) {
        return Text.writable(content).replace("\r\n", "\n").replace('\r', '\n');
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
