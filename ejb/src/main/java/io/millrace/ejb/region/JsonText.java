package io.millrace.ejb.region;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.stream.JsonParser;
import java.io.StringReader;
import java.util.NoSuchElementException;

/** Looks at answers that were to be JSON. No state. */
final class JsonText {

    private JsonText() {}

    /** Whether it is one JSON object and nothing else. */
    static boolean isObject(String text) {
        try (JsonParser parser = Json.createParser(new StringReader(text))) {
            boolean object = parser.hasNext() && parser.next() == JsonParser.Event.START_OBJECT;
            while (parser.hasNext()) {
                parser.next();
            }
            return object;
        } catch (JsonException | NoSuchElementException e) {
            return false;
        }
    }
}
