package io.millrace.ejb.context;

import java.util.Objects;
import java.util.UUID;

/**
 * One message of a conversation.
 *
 * @param id       unique in its conversation
 * @param role     system, user, assistant or tool
 * @param atMillis when it came, milliseconds since 1970
 */
public record Item(String id, String role, String text, long atMillis) {

    public Item {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(text, "text");
    }

    /** A new message, with an id of its own. */
    public static Item of(String role, String text, long atMillis) {
        return new Item(newId(), role, text, atMillis);
    }

    static String newId() {
        return "msg_" + UUID.randomUUID().toString().replace("-", "");
    }

    boolean says(String otherRole, String otherText) {
        return role.equals(otherRole) && text.equals(otherText);
    }

    boolean isSystem() {
        return role.equals("system");
    }
}
