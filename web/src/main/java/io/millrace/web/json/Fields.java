package io.millrace.web.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.web.error.ApiError;
import java.util.function.BiConsumer;

/**
 * Typed access to a request's fields. {@code null} counts as absent, as OpenAI's clients send it; every other wrong
 * type is answered with the field's name. Owned by the thread that reads the request.
 */
public final class Fields {

    private final ObjectNode object;
    private final String path;

    /** The fields of a whole body. */
    public Fields(ObjectNode object) {
        this(object, "");
    }

    private Fields(ObjectNode object, String path) {
        this.object = object;
        this.path = path;
    }

    /** The fields of {@code node}, which must be an object and is called {@code path} in messages. */
    public static Fields of(JsonNode node, String path) {
        if (node instanceof ObjectNode object) {
            return new Fields(object, path + ".");
        }
        throw wrongType(path, "an object", node);
    }

    /** The field's value as it stands, or null. */
    public JsonNode get(String name) {
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    /** How messages call a field of this object. */
    public String param(String name) {
        return path + name;
    }

    /** The fields of an object, or null. */
    public Fields object(String name) {
        JsonNode value = get(name);
        return value == null ? null : of(value, param(name));
    }

    /** Calls {@code action} with each field's name and value. */
    public void forEach(BiConsumer<String, JsonNode> action) {
        object.properties().forEach(field -> action.accept(field.getKey(), field.getValue()));
    }

    /** A text in which nothing has to be replaced: names, roles and the like. Null where absent. */
    public String name(String name, int mostCharacters) {
        JsonNode value = get(name);
        return value == null ? null : Text.exact(value, param(name), mostCharacters);
    }

    public boolean flag(String name) {
        JsonNode value = get(name);
        if (value == null) {
            return false;
        }
        if (!value.isBoolean()) {
            throw wrongType(param(name), "a boolean", value);
        }
        return value.booleanValue();
    }

    /** A number from {@code least} to {@code most}. */
    public float number(String name, float least, float most, float otherwise) {
        JsonNode value = get(name);
        return value == null ? otherwise : number(value, param(name), least, most);
    }

    /** A number from {@code least} to {@code most} that is called {@code param} in messages. */
    public static float number(JsonNode value, String param, float least, float most) {
        if (!value.isNumber()) {
            throw wrongType(param, "a number", value);
        }
        float number = (float) value.doubleValue();
        if (!(number >= least && number <= most)) {
            throw ApiError.invalid(param, "'" + param + "' must be between " + plain(least) + " and " + plain(most)
                    + ", not " + value.asText() + ".");
        }
        return number;
    }

    /** A whole number from {@code least} to {@code most}; {@code 10.0} is one, {@code 10.5} is not. */
    public long integer(String name, long least, long most, long otherwise) {
        JsonNode value = get(name);
        return value == null ? otherwise : integer(value, param(name), least, most);
    }

    /** A whole number from {@code least} to {@code most} that is called {@code param} in messages. */
    public static long integer(JsonNode value, String param, long least, long most) {
        boolean whole = value.isIntegralNumber() || value.isNumber() && value.doubleValue() == Math.rint(value.doubleValue());
        if (!whole) {
            throw wrongType(param, "an integer", value);
        }
        if (!value.canConvertToLong() || value.longValue() < least || value.longValue() > most) {
            throw ApiError.invalid(param, "'" + param + "' must be between " + least + " and " + most + ", not " + value.asText() + ".");
        }
        return value.longValue();
    }

    /** 400: {@code param} is not {@code wanted}. */
    public static ApiError wrongType(String param, String wanted, JsonNode got) {
        return new ApiError(400, "invalid_request_error", "invalid_type", param,
                "'" + param + "' must be " + wanted + ", not " + kind(got) + ".", 0);
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case OBJECT, POJO -> "an object";
            case BOOLEAN -> "a boolean";
            case NUMBER -> node.isIntegralNumber() ? "an integer" : "a number";
            case STRING, BINARY -> "a string";
            case NULL, MISSING -> "null";
        };
    }

    private static String plain(float bound) {
        return bound == Math.rint(bound) ? Long.toString((long) bound) : Float.toString(bound);
    }
}
