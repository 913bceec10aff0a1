package io.millrace.web.error;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.web.json.Json;
import io.millrace.web.json.Text;
import java.io.IOException;

/** OpenAI's error object. */
public final class ErrorBody {

    private ErrorBody() {}

    public static void write(JsonGenerator json, ApiError error) throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart("error");
        json.writeStringField("message", Text.writable(error.getMessage()));
        json.writeStringField("type", error.type());
        json.writeStringField("param", error.param());
        json.writeStringField("code", error.code());
        json.writeEndObject();
        json.writeEndObject();
    }

    public static byte[] of(ApiError error) {
        return Json.bytes(json -> write(json, error));
    }
}
