package io.millrace.connector.http;

import jakarta.json.JsonException;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import java.util.function.Consumer;

/** Walks through JSON field by field, without a tree. */
final class Fields {

    /** Reads one field's value, and all of it: its first event is taken, its last must be. */
    interface Field {
        void read(String name, Event value);
    }

    private Fields() {}

    /** The fields of an object whose start is {@code value}; any other value is passed over. */
    static void ofObject(JsonParser json, Event value, Field field) {
        if (value != Event.START_OBJECT) {
            skip(json, value);
            return;
        }
        while (json.next() != Event.END_OBJECT) {
            field.read(json.getString(), json.next());
        }
    }

    /** The elements of an array whose start is {@code value}; any other value is passed over. */
    static void ofArray(JsonParser json, Event value, Consumer<Event> element) {
        if (value != Event.START_ARRAY) {
            skip(json, value);
            return;
        }
        for (Event each = json.next(); each != Event.END_ARRAY; each = json.next()) {
            element.accept(each);
        }
    }

    /**
     * Passes over a value, of any depth that the parser takes. Not by the parser's own {@code skipObject}: Parsson's
     * looks for the end for ever where the text ends before it.
     */
    static void skip(JsonParser json, Event value) {
        int depth = depthAfter(value);
        while (depth > 0) {
            depth += depthAfter(json.next());
        }
    }

    private static int depthAfter(Event event) {
        return switch (event) {
            case START_OBJECT, START_ARRAY -> 1;
            case END_OBJECT, END_ARRAY -> -1;
            default -> 0;
        };
    }

    /** Empty for null. */
    static String text(JsonParser json, Event value) {
        return switch (value) {
            case VALUE_STRING -> json.getString();
            case VALUE_NULL -> "";
            default -> throw new JsonException("a text was expected, not " + value);
        };
    }

    /** 0 for null. */
    static int number(JsonParser json, Event value) {
        return value == Event.VALUE_NULL ? 0 : (int) Math.clamp(decimal(json, value), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /** NaN for null. */
    static double decimal(JsonParser json, Event value) {
        return switch (value) {
            case VALUE_NUMBER -> json.getBigDecimal().doubleValue();
            case VALUE_NULL -> Double.NaN;
            default -> throw new JsonException("a number was expected, not " + value);
        };
    }
}
