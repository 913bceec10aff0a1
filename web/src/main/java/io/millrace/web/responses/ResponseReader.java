package io.millrace.web.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.ejb.client.Caller;
import io.millrace.ejb.context.ConversationAsk;
import io.millrace.ejb.context.Paper;
import io.millrace.ejb.intake.Prompt;
import io.millrace.web.conversations.Messages;
import io.millrace.web.conversations.Metadata;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Fields;
import io.millrace.web.json.Text;
import io.millrace.web.openai.Question;
import io.millrace.web.openai.RequestReader;
import io.millrace.web.openai.Wishes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads the body of {@code /v1/responses}. Sampling fields of the other endpoints are read here too. */
final class ResponseReader extends RequestReader {

    static final String ENDPOINT = "/v1/responses";

    private static final String PREVIOUS = "previous_response_id";
    private static final String LOGPROBS = "message.output_text.logprobs";

    private final int maxMessages;
    private final boolean store;
    private final String instructions;
    private final Paper previous;

    /** @param stored looks for a stored response of the caller; may look on a disk */
    ResponseReader(ObjectNode body, Caller caller, Wishes wishes, int maxMessages, Function<String, Optional<Paper>> stored) {
        super(body, caller, wishes);
        this.maxMessages = maxMessages;
        this.store = fields.get("store") == null || fields.flag("store");
        this.instructions = fields.get("instructions") == null ? null : instructions(fields.get("instructions"));
        this.previous = previous(fields.name(PREVIOUS, LONGEST_NAME), stored);
    }

    private static String instructions(JsonNode value) {
        if (value.isArray()) {
            throw ApiError.unsupported("instructions", "'instructions' as an array");
        }
        return Text.written(value, "instructions");
    }

    private static Paper previous(String id, Function<String, Optional<Paper>> stored) {
        return id == null ? null : stored.apply(id).orElseThrow(() -> new ApiError(400, "invalid_request_error", "previous_response_not_found",
                PREVIOUS, "There is no stored response '" + id + "'.", 0));
    }

    Question read() {
        refuseWhatIsNotDone();
        return question(ENDPOINT, chat(), -1, maxOutputTokens(), "");
    }

    /** After {@link #read}. */
    Wanted wanted() {
        return new Wanted(store, instructions, Metadata.read(fields), previous, named(), maxOutputTokens(), fields.number("temperature", 0, 2, 1),
                fields.number("top_p", 0, 1, 1), responseFormat().equals("json_object"), fields.name("user", LONGEST_NAME),
                fields.name("safety_identifier", LONGEST_NAME), fields.name("service_tier", LONGEST_NAME));
    }

    private int maxOutputTokens() {
        return maxTokens("max_output_tokens", 0);
    }

    private void refuseWhatIsNotDone() {
        JsonNode tools = fields.get("tools");
        if (tools != null && !(tools.isArray() && tools.isEmpty())) {
            throw ApiError.unsupported("tools", "Calling tools ('tools')");
        }
        JsonNode choice = fields.get("tool_choice");
        if (choice != null && !"none".equals(choice.textValue()) && !"auto".equals(choice.textValue())) {
            throw ApiError.unsupported("tool_choice", "Calling tools ('tool_choice')");
        }
        for (String name : List.of("prompt", "millrace")) {
            if (fields.get(name) != null) {
                throw ApiError.unsupported(name, "'" + name + "'");
            }
        }
        if (fields.flag("background")) {
            throw ApiError.unsupported("background", "'background'");
        }
        if (fields.integer("n", 1, Integer.MAX_VALUE, 1) > 1) {
            throw ApiError.unsupported("n", "'n' above 1");
        }
        if (fields.integer("top_logprobs", 0, Integer.MAX_VALUE, 0) > 0) {
            throw ApiError.unsupported("top_logprobs", "'top_logprobs'");
        }
        JsonNode include = fields.get("include");
        if (include != null) {
            include.forEach(each -> {
                if (LOGPROBS.equals(each.textValue())) {
                    throw ApiError.unsupported("include", "'" + LOGPROBS + "'");
                }
            });
        }
    }

    private Prompt.Chat chat() {
        List<Turn> turns = new ArrayList<>();
        if (instructions != null) {
            turns.add(new Turn("system", instructions));
        }
        JsonNode input = fields.get("input");
        if (input == null) {
            throw ApiError.invalid("input", "'input' is missing.");
        }
        if (input.isArray()) {
            List<Turn> messages = Messages.read(input, "input", maxMessages);
            if (messages.isEmpty()) {
                throw ApiError.invalid("input", "'input' must hold at least one message.");
            }
            turns.addAll(messages);
        } else {
            turns.add(new Turn("user", Text.written(input, "input")));
        }
        return new Prompt.Chat(turns, false);
    }

    @Override
    protected ConversationAsk conversation(Prompt prompt) {
        ConversationAsk named = super.conversation(prompt);
        boolean instructed = instructions != null;
        if (previous != null) {
            if (named != null) {
                throw ApiError.invalid(PREVIOUS, "'" + PREVIOUS + "' and 'conversation' exclude each other.");
            }
            return new ConversationAsk(previous.conversation(), refusesBusy(), previous.item(), instructed, store);
        }
        if (named != null) {
            return new ConversationAsk(named.id(), named.refuse(), null, instructed, store);
        }
        return store ? new ConversationAsk(null, false, null, instructed, true) : null;
    }

    private String named() {
        ConversationAsk named = previous != null ? null : super.conversation(new Prompt.Chat(List.of(), false));
        return named == null ? null : named.id();
    }

    @Override
    protected Fields format() {
        Fields text = fields.object("text");
        return text == null ? null : text.object("format");
    }

    @Override
    protected String user() {
        String safety = fields.name("safety_identifier", LONGEST_NAME);
        return super.user() != null ? super.user() : safety;
    }
}
