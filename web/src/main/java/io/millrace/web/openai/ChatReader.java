package io.millrace.web.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.ejb.client.Caller;
import io.millrace.ejb.intake.Prompt;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Fields;
import io.millrace.web.json.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** Reads the body of {@code /v1/chat/completions}. */
final class ChatReader extends RequestReader {

    static final String ENDPOINT = "/v1/chat/completions";

    private final int maxMessages;

    ChatReader(ObjectNode body, Caller caller, Wishes wishes, int maxMessages) {
        super(body, caller, wishes);
        this.maxMessages = maxMessages;
    }

    Question read() {
        refuseTools();
        int most = fields.get("max_completion_tokens") != null
                ? maxTokens("max_completion_tokens", 0)
                : maxTokens("max_tokens", 0);
        return question(ENDPOINT, chat(), logprobs(), most, "");
    }

    private void refuseTools() {
        JsonNode choice = fields.get("tool_choice");
        boolean none = choice != null && "none".equals(choice.textValue());
        for (String name : List.of("tools", "functions")) {
            JsonNode tools = fields.get(name);
            if (tools != null && !tools.isArray()) {
                throw Fields.wrongType(name, "an array", tools);
            }
            if (tools != null && !tools.isEmpty() && !none) {
                throw ApiError.unsupported(name, "Calling tools ('" + name + "')");
            }
        }
        if (choice != null && !none && !"auto".equals(choice.textValue())) {
            throw ApiError.unsupported("tool_choice", "Calling tools ('tool_choice')");
        }
    }

    private int logprobs() {
        boolean wanted = fields.flag("logprobs");
        if (!wanted && fields.get("top_logprobs") != null) {
            throw ApiError.invalid("top_logprobs", "'top_logprobs' needs 'logprobs' to be true.");
        }
        return wanted ? (int) fields.integer("top_logprobs", 0, MOST_LOGPROBS, 0) : -1;
    }

    private Prompt.Chat chat() {
        JsonNode messages = fields.get("messages");
        if (messages == null) {
            throw ApiError.invalid("messages", "'messages' is missing.");
        }
        if (!messages.isArray()) {
            throw Fields.wrongType("messages", "an array", messages);
        }
        if (messages.isEmpty()) {
            throw ApiError.invalid("messages", "'messages' must hold at least one message.");
        }
        if (messages.size() > maxMessages) {
            throw ApiError.invalid("messages", "'messages' holds at most " + maxMessages + " messages, not " + messages.size() + ".");
        }
        List<Turn> turns = new ArrayList<>(messages.size());
        boolean continueLast = false;
        for (JsonNode message : messages) {
            Fields of = Fields.of(message, "messages[" + turns.size() + "]");
            turns.add(turn(of));
            continueLast = isPrefix(of, turns.getLast(), turns.size() == messages.size());
        }
        return new Prompt.Chat(turns, continueLast, thinks());
    }

    /** DeepSeek's {@code thinking}, what vLLM and SGLang hand to the template, or OpenAI's effort; null where nothing is said. */
    private Boolean thinks() {
        Fields thinking = fields.object("thinking");
        Fields template = fields.object("chat_template_kwargs");
        if (thinking != null) {
            String type = thinking.name("type", LONGEST_NAME);
            return switch (type) {
                case "enabled" -> true;
                case "disabled" -> false;
                case null, default -> throw ApiError.invalid(thinking.param("type"), "'" + thinking.param("type")
                        + "' must be enabled or disabled.");
            };
        }
        for (String name : List.of("enable_thinking", "thinking")) {
            if (template != null && template.get(name) != null) {
                return template.flag(name);
            }
        }
        return "none".equals(fields.name("reasoning_effort", LONGEST_NAME)) ? false : null;
    }

    /** DeepSeek's chat prefix completion: the last message is an assistant's and is carried on. */
    private static boolean isPrefix(Fields message, Turn turn, boolean last) {
        boolean prefix = message.flag("prefix");
        if (prefix && !(last && turn.role().equals("assistant"))) {
            throw ApiError.invalid(message.param("prefix"),
                    "'" + message.param("prefix") + "' is only allowed on the last message, with the role 'assistant'.");
        }
        return prefix;
    }

    private static Turn turn(Fields message) {
        String role = role(message);
        message.name("name", LONGEST_NAME);
        JsonNode calls = message.get("tool_calls");
        if (calls != null && !calls.isEmpty()) {
            throw ApiError.unsupported(message.param("tool_calls"), "A message with tool calls");
        }
        return new Turn(role, content(message, role));
    }

    private static String role(Fields message) {
        String role = message.name("role", LONGEST_NAME);
        return switch (role) {
            case "system", "user", "assistant", "tool" -> role;
            // OpenAI's newer name for the same thing; chat templates know only the older one
            case "developer" -> "system";
            case null -> throw ApiError.invalid(message.param("role"), "'" + message.param("role") + "' is missing.");
            default -> throw ApiError.invalid(message.param("role"), "'" + message.param("role")
                    + "' must be system, developer, user, assistant or tool, not '" + role + "'.");
        };
    }

    private static String content(Fields message, String role) {
        JsonNode content = message.get("content");
        String param = message.param("content");
        if (content == null) {
            if (role.equals("assistant")) {
                return "";
            }
            throw ApiError.invalid(param, "'" + param + "' is missing.");
        }
        return content.isArray() ? parts(content, param) : Text.written(content, param);
    }

    /** Parts are put one below the other, as llama.cpp and vLLM do. */
    private static String parts(JsonNode content, String param) {
        StringJoiner text = new StringJoiner("\n");
        int index = 0;
        for (JsonNode node : content) {
            Fields part = Fields.of(node, param + "[" + index++ + "]");
            String type = part.name("type", LONGEST_NAME);
            if (!"text".equals(type)) {
                throw ApiError.invalid(part.param("type"), "'" + part.param("type") + "' must be 'text'"
                        + (type == null ? "." : ", not '" + type + "'; this server reads text only."));
            }
            JsonNode value = part.get("text");
            if (value == null) {
                throw ApiError.invalid(part.param("text"), "'" + part.param("text") + "' is missing.");
            }
            text.add(Text.written(value, part.param("text")));
        }
        return text.toString();
    }
}
