package io.millrace.web.conversations;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Fields;
import io.millrace.web.json.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** Reads items of conversations and of a response's input; the messages among OpenAI's many types. No state. */
public final class Messages {

    private static final int LONGEST_NAME = 512;

    private Messages() {}

    /**
     * @param param how messages of errors call the array
     * @param most  how many it may hold
     */
    public static List<Turn> read(JsonNode items, String param, int most) {
        if (!items.isArray()) {
            throw Fields.wrongType(param, "an array", items);
        }
        if (items.size() > most) {
            throw ApiError.invalid(param, "'" + param + "' holds at most " + most + " items, not " + items.size() + ".");
        }
        List<Turn> messages = new ArrayList<>(items.size());
        for (JsonNode item : items) {
            messages.add(message(Fields.of(item, param + "[" + messages.size() + "]")));
        }
        return messages;
    }

    private static Turn message(Fields item) {
        String type = item.name("type", LONGEST_NAME);
        if (type != null && !type.equals("message")) {
            throw ApiError.unsupported(item.param("type"), "An item of type '" + type + "'");
        }
        return new Turn(role(item), content(item));
    }

    private static String role(Fields item) {
        String role = item.name("role", LONGEST_NAME);
        return switch (role) {
            case "user", "assistant", "system" -> role;
            case "developer" -> "system";
            case null -> throw ApiError.invalid(item.param("role"), "'" + item.param("role") + "' is missing.");
            default -> throw ApiError.invalid(item.param("role"), "'" + item.param("role")
                    + "' must be user, assistant, system or developer, not '" + role + "'.");
        };
    }

    private static String content(Fields item) {
        JsonNode content = item.get("content");
        String param = item.param("content");
        if (content == null) {
            throw ApiError.invalid(param, "'" + param + "' is missing.");
        }
        if (!content.isArray()) {
            return Text.written(content, param);
        }
        StringJoiner text = new StringJoiner("\n");
        int index = 0;
        for (JsonNode part : content) {
            text.add(part(Fields.of(part, param + "[" + index++ + "]")));
        }
        return text.toString();
    }

    private static String part(Fields part) {
        String type = part.name("type", LONGEST_NAME);
        switch (type) {
            case "input_text", "output_text", "text" -> { }
            case null -> throw ApiError.invalid(part.param("type"), "'" + part.param("type") + "' is missing.");
            default -> throw ApiError.unsupported(part.param("type"), "Content of type '" + type + "'");
        }
        JsonNode text = part.get("text");
        if (text == null) {
            throw ApiError.invalid(part.param("text"), "'" + part.param("text") + "' is missing.");
        }
        return Text.written(text, part.param("text"));
    }
}
