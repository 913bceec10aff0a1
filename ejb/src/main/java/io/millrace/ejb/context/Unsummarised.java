package io.millrace.ejb.context;

import java.util.List;

/**
 * Turns that prompts have no room for and that no summary tells of yet. Immutable.
 *
 * @param edition of the conversation, when they were read
 * @param before  tells of the turns before these
 * @param turns   at least one
 */
public record Unsummarised(String tenant, String id, int edition, Digest.Summary before, List<Turn> turns) {

    /** What the turns before these were about; empty where there are none. */
    public String beforeText() {
        return before.text();
    }

    public boolean isChinese() {
        return Sentences.isChinese(text(turns.getFirst()));
    }

    /** What was said in each of them. */
    public List<String> texts() {
        return turns.stream().map(Unsummarised::text).toList();
    }

    private static String text(Turn turn) {
        StringBuilder text = new StringBuilder();
        turn.items().forEach(item -> text.append(item.role()).append(": ").append(item.text()).append('\n'));
        return text.toString();
    }
}
