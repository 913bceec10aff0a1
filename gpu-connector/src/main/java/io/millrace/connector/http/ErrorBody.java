package io.millrace.connector.http;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.Locale;

/**
 * What a server says of a failure, in any of the forms that are met: OpenAI's {@code {"error": {…}}}, vLLM's older
 * {@code {"object": "error", …}}, FastAPI's {@code {"detail": …}}, Ollama's {@code {"error": "…"}}. Absent is empty.
 */
record ErrorBody(String message, String type, String code) {

    static final ErrorBody NONE = new ErrorBody("", "", "");

    /** Never fails: a body that is no JSON says nothing. */
    static ErrorBody parse(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readValue() instanceof JsonObject body ? of(body) : NONE;
        } catch (JsonException e) {
            return NONE;
        }
    }

    private static ErrorBody of(JsonObject body) {
        JsonValue error = body.getOrDefault("error", body);
        if (error instanceof JsonObject object) {
            String message = text(object, "message");
            return new ErrorBody(message.isEmpty() ? text(object, "detail") : message, text(object, "type"), text(object, "code"));
        }
        return new ErrorBody(text(body, "error"), text(body, "type"), text(body, "code"));
    }

    private static String text(JsonObject object, String name) {
        return switch (object.get(name)) {
            case null -> "";
            case JsonString string -> string.getString();
            case JsonValue value -> value == JsonValue.NULL ? "" : value.toString();
        };
    }

    /** The code as an HTTP status, where it is one; else 0. */
    int status() {
        return code.matches("[1-5]\\d\\d") ? Integer.parseInt(code) : 0;
    }

    /** Code and type, for looking for words. */
    String kind() {
        return (code + ' ' + type).toLowerCase(Locale.ROOT);
    }
}
