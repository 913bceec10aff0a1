package io.millrace.web.conversations;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.ejb.context.Item;
import io.millrace.web.json.Json;
import io.millrace.web.json.Text;
import java.io.IOException;
import java.util.List;

/** Writes messages as OpenAI's items. No state. */
public final class Items {

    private Items() {}

    /** A list object with these, of which there may be more. */
    public static byte[] list(List<Item> items, boolean more) {
        return Json.bytes(json -> {
            json.writeStartObject();
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            for (Item item : items) {
                write(json, item);
            }
            json.writeEndArray();
            json.writeStringField("first_id", items.isEmpty() ? "" : items.getFirst().id());
            json.writeStringField("last_id", items.isEmpty() ? "" : items.getLast().id());
            json.writeBooleanField("has_more", more);
            json.writeEndObject();
        });
    }

    static void write(JsonGenerator json, Item item) throws IOException {
        json.writeStartObject();
        fields(json, item);
        json.writeEndObject();
    }

    static void fields(JsonGenerator json, Item item) throws IOException {
        boolean said = item.role().equals("assistant");
        json.writeStringField("type", "message");
        json.writeStringField("id", item.id());
        json.writeStringField("status", "completed");
        json.writeStringField("role", item.role());
        json.writeArrayFieldStart("content");
        if (said) {
            output(json, item.text());
        } else {
            json.writeStartObject();
            json.writeStringField("type", "input_text");
            json.writeStringField("text", Text.writable(item.text()));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** The part that holds an assistant's text. */
    public static void output(JsonGenerator json, String text) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "output_text");
        json.writeStringField("text", Text.writable(text));
        json.writeArrayFieldStart("annotations");
        json.writeEndArray();
        json.writeArrayFieldStart("logprobs");
        json.writeEndArray();
        json.writeEndObject();
    }
}
