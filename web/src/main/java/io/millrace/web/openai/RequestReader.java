package io.millrace.web.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.connector.engine.Sampling;
import io.millrace.ejb.client.Caller;
import io.millrace.ejb.context.ConversationAsk;
import io.millrace.ejb.intake.Continuation;
import io.millrace.ejb.intake.GenerationRequest;
import io.millrace.ejb.intake.Prompt;
import io.millrace.ejb.lane.Lane;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Fields;
import io.millrace.web.json.Text;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** Reads what chat and text completions have in common. Fields that nobody knows are ignored, as OpenAI does. */
public abstract class RequestReader {

    /** Bounds on what has no bound in the API; beyond them the request is refused with 400. */
    protected static final int LONGEST_NAME = 512;
    static final int LONGEST_STOP = 1024;
    static final int LONGEST_GRAMMAR = 65_536;
    static final int MOST_BIASES = 4096;
    static final int MOST_LOGPROBS = 20;

    /** Above zero, below every probability: keeps the likeliest token alone, as {@code top_p: 0} wants it. */
    private static final float LEAST_TOP_P = 1e-6f;

    protected final Fields fields;
    private final Caller caller;
    private final Wishes wishes;

    protected RequestReader(ObjectNode body, Caller caller, Wishes wishes) {
        this.fields = new Fields(body);
        this.caller = caller;
        this.wishes = wishes;
    }

    protected Question question(String endpoint, Prompt prompt, int logprobs, int maxTokens, String echo) {
        Fields streaming = fields.object("stream_options");
        GenerationRequest request = new GenerationRequest(caller, endpoint, fields.name("model", LONGEST_NAME), prompt,
                sampling(logprobs), maxTokens, stop(), (int) fields.integer("n", 1, GenerationRequest.MOST_CHOICES, 1),
                lane(), user(), responseFormat().equals("json_object"), continuation(), conversation(prompt));
        return new Question(request, fields.flag("stream"), streaming != null && streaming.flag("include_usage"), echo);
    }

    /** Millrace's own field: how another Millrace goes on with an answer of which this one, or a third, made the beginning. */
    private Continuation continuation() {
        Fields millrace = fields.object("millrace");
        if (millrace == null) {
            return Continuation.NONE;
        }
        JsonNode said = millrace.get("said");
        JsonNode text = millrace.get("said_text");
        if ((said != null || text != null) && fields.integer("n", 1, GenerationRequest.MOST_CHOICES, 1) > 1) {
            throw ApiError.invalid("n", "'n' must be 1 where 'millrace' says what was said already.");
        }
        return new Continuation(millrace.flag("tokens"), said == null ? null : Tokens.of(said, "millrace.said"),
                text == null ? null : Text.exact(text, "millrace.said_text", Integer.MAX_VALUE));
    }

    /** The header goes before the field, which is an id or, as in OpenAI's responses, an object with one. */
    protected ConversationAsk conversation(Prompt prompt) {
        JsonNode field = fields.get("conversation");
        String param = wishes.conversation() != null ? Wishes.CONVERSATION : "conversation";
        String id = wishes.conversation() != null ? wishes.conversation().strip()
                : field != null && field.isObject() ? fields.object("conversation").name("id", LONGEST_NAME) : fields.name("conversation", LONGEST_NAME);
        if (id == null) {
            return null;
        }
        if (!ConversationAsk.isId(id)) {
            throw ApiError.invalid(param, "'" + param + "' must be 1 to " + ConversationAsk.LONGEST_ID + " letters, digits and characters of _ . : -");
        }
        if (!(prompt instanceof Prompt.Chat chat) || chat.continueLast() || fields.integer("n", 1, GenerationRequest.MOST_CHOICES, 1) > 1
                || continuation().goesOn()) {
            throw ApiError.invalid(param, "A conversation takes chat messages with 'n' of 1, none of them with 'prefix'.");
        }
        return new ConversationAsk(id, refusesBusy());
    }

    protected final boolean refusesBusy() {
        return switch (wishes.busy() == null ? "wait" : wishes.busy().strip().toLowerCase(Locale.ROOT)) {
            case "wait" -> false;
            case "refuse" -> true;
            default -> throw ApiError.invalid(Wishes.BUSY, "'" + Wishes.BUSY + "' must be wait or refuse.");
        };
    }

    protected final int maxTokens(String name, int otherwise) {
        return (int) fields.integer(name, 1, Integer.MAX_VALUE, otherwise);
    }

    private Sampling sampling(int logprobs) {
        return new Sampling(fields.number("temperature", 0, 2, 1),
                (int) fields.integer("top_k", 0, Integer.MAX_VALUE, 0),
                Math.max(LEAST_TOP_P, fields.number("top_p", 0, 1, 1)),
                fields.number("min_p", 0, 1, 0),
                fields.number("repetition_penalty", 0.01f, 2, 1),
                fields.number("frequency_penalty", -2, 2, 0),
                fields.number("presence_penalty", -2, 2, 0),
                fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE, ThreadLocalRandom.current().nextLong()),
                logitBias(), grammar(), logprobs);
    }

    private Map<Integer, Float> logitBias() {
        Fields biases = fields.object("logit_bias");
        if (biases == null) {
            return Map.of();
        }
        Map<Integer, Float> byToken = new HashMap<>();
        biases.forEach((token, bias) -> byToken.put(token(token), Fields.number(bias, "logit_bias", -100, 100)));
        if (byToken.size() > MOST_BIASES) {
            throw ApiError.invalid("logit_bias", "'logit_bias' holds at most " + MOST_BIASES + " tokens, not " + byToken.size() + ".");
        }
        return byToken;
    }

    private static int token(String key) {
        try {
            int token = Integer.parseInt(key);
            if (token >= 0) {
                return token;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw ApiError.invalid("logit_bias", "The keys of 'logit_bias' must be token ids, which are whole numbers from 0.");
    }

    private List<String> stop() {
        JsonNode value = fields.get("stop");
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            return List.of(stop(value, "stop"));
        }
        if (value.size() > GenerationRequest.MOST_STOPS) {
            throw ApiError.invalid("stop", "'stop' holds at most " + GenerationRequest.MOST_STOPS + " strings, not " + value.size() + ".");
        }
        List<String> stops = new ArrayList<>(value.size());
        for (JsonNode element : value) {
            stops.add(stop(element, "stop[" + stops.size() + "]"));
        }
        return stops;
    }

    private static String stop(JsonNode value, String param) {
        String stop = Text.exact(value, param, LONGEST_STOP);
        if (stop.isEmpty()) {
            throw ApiError.invalid(param, "'" + param + "' must not be an empty string.");
        }
        return stop;
    }

    private String grammar() {
        String grammar = fields.name("grammar", LONGEST_GRAMMAR);
        String format = responseFormat();
        if (grammar != null && grammar.isBlank()) {
            throw ApiError.invalid("grammar", "'grammar' must not be empty.");
        }
        if (!format.equals("json_object")) {
            return grammar;
        }
        if (grammar != null) {
            throw ApiError.invalid("grammar", "'grammar' and '" + format().param("type") + "' of 'json_object' exclude each other.");
        }
        return JsonGrammar.OBJECT;
    }

    protected final String responseFormat() {
        Fields format = format();
        if (format == null) {
            return "text";
        }
        String type = format.name("type", LONGEST_NAME);
        String param = format.param("type");
        return switch (type) {
            case "text", "json_object" -> type;
            case "json_schema" -> throw ApiError.unsupported(param, "'" + param + "' of 'json_schema'");
            case null -> throw ApiError.invalid(param, "'" + param + "' is missing.");
            default -> throw ApiError.invalid(param, "'" + param + "' must be 'text' or 'json_object', not '" + type + "'.");
        };
    }

    /** The object whose {@code type} says how the answer's text is held; null where there is none. */
    protected Fields format() {
        return fields.object("response_format");
    }

    /** The header goes before {@code priority}, which goes before {@code service_tier}. */
    private Lane lane() {
        if (wishes.priority() != null) {
            return lane(wishes.priority().strip(), Wishes.PRIORITY);
        }
        String priority = fields.name("priority", LONGEST_NAME);
        if (priority != null) {
            return lane(priority, "priority");
        }
        String tier = fields.name("service_tier", LONGEST_NAME);
        return switch (tier) {
            case null -> Lane.P1;
            case "auto", "default", "standard", "scale" -> Lane.P1;
            case "priority", "fast" -> Lane.P0;
            case "flex" -> Lane.P2;
            case "batch" -> Lane.P3;
            default -> lane(tier, "service_tier");
        };
    }

    private static Lane lane(String name, String param) {
        return switch (name.toUpperCase(Locale.ROOT)) {
            case "P0" -> Lane.P0;
            case "P1" -> Lane.P1;
            case "P2" -> Lane.P2;
            case "P3" -> Lane.P3;
            default -> throw ApiError.invalid(param, "'" + param + "' must be P0, P1, P2 or P3, not '" + name + "'.");
        };
    }

    protected String user() {
        String user = fields.name("user", LONGEST_NAME);
        return user != null ? user : fields.name("user_id", LONGEST_NAME);
    }
}
