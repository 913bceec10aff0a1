package io.millrace.ejb.context;

import java.util.Map;

/**
 * A conversation as its owner sees it.
 *
 * @param createdMillis milliseconds since 1970
 * @param metadata      the owner's own
 * @param turns         how many it has
 */
public record Conversation(String id, long createdMillis, long lastUsedMillis, Map<String, String> metadata, int turns) {

    static Conversation of(Head head) {
        return new Conversation(head.id(), head.createdMillis(), head.lastUsedMillis(), head.metadata(), head.turns());
    }
}
