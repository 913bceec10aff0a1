package io.millrace.web.conversations;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Fields;
import io.millrace.web.json.Text;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** The owner's own pairs of names and texts, within OpenAI's bounds. No state. */
public final class Metadata {

    static final String FIELD = "metadata";
    static final int MOST = 16;
    static final int LONGEST_NAME = 64;
    static final int LONGEST_VALUE = 512;

    private Metadata() {}

    /** Empty where the request says nothing. */
    public static Map<String, String> read(Fields body) {
        Fields pairs = body.object(FIELD);
        if (pairs == null) {
            return Map.of();
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        pairs.forEach((name, value) -> {
            if (name.length() > LONGEST_NAME || Text.writable(name) != name || name.indexOf('\0') >= 0) {
                throw ApiError.invalid(FIELD, "Names in '" + FIELD + "' must be texts of at most " + LONGEST_NAME + " characters.");
            }
            metadata.put(name, Text.exact(value, pairs.param(name), LONGEST_VALUE));
        });
        if (metadata.size() > MOST) {
            throw ApiError.invalid(FIELD, "'" + FIELD + "' holds at most " + MOST + " pairs, not " + metadata.size() + ".");
        }
        return metadata;
    }

    /** The field, in the order of the names. */
    public static void write(JsonGenerator json, Map<String, String> metadata) throws IOException {
        json.writeObjectFieldStart(FIELD);
        for (Map.Entry<String, String> each : new TreeMap<>(metadata).entrySet()) {
            json.writeStringField(each.getKey(), each.getValue());
        }
        json.writeEndObject();
    }
}
