package io.millrace.ejb.context;

import java.util.Objects;

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

    boolean says(String otherRole, String otherText) {
        return role.equals(otherRole) && text.equals(otherText);
    }

    boolean isSystem() {
        return role.equals("system");
    }
}
