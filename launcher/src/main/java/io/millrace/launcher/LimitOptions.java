package io.millrace.launcher;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.StringJoiner;
import picocli.CommandLine.Option;

/** How much a key may use, as options and in lists. */
final class LimitOptions {

    @Option(names = "--rpm", paramLabel = "N", description = "Requests per minute: a number, none, or default (what the settings say).")
    private String requestsPerMinute;

    @Option(names = "--tpm", paramLabel = "N", description = "Tokens per minute, of prompts and answers.")
    private String tokensPerMinute;

    @Option(names = "--concurrent", paramLabel = "N", description = "Requests under way at once.")
    private String concurrentRequests;

    @Option(names = "--tpd", paramLabel = "N", description = "Tokens per day (UTC), of prompts and answers.")
    private String tokensPerDay;

    /** Adds those that were given. */
    JsonObjectBuilder addTo(JsonObjectBuilder body) {
        add(body, "requests_per_minute", requestsPerMinute);
        add(body, "tokens_per_minute", tokensPerMinute);
        add(body, "concurrent_requests", concurrentRequests);
        add(body, "tokens_per_day", tokensPerDay);
        return body;
    }

    /** A key's own limits on one line, such as {@code rpm 60, tpd none}; empty where the settings count. */
    static String line(JsonObject key) {
        JsonObject limits = key.getJsonObject("limits");
        StringJoiner line = new StringJoiner(", ");
        show(line, "rpm", limits.get("requests_per_minute"));
        show(line, "tpm", limits.get("tokens_per_minute"));
        show(line, "concurrent", limits.get("concurrent_requests"));
        show(line, "tpd", limits.get("tokens_per_day"));
        return line.toString();
    }

    private static void add(JsonObjectBuilder body, String field, String value) {
        if (value == null) {
            return;
        }
        try {
            body.add(field, Json.createValue(Long.parseLong(value)));
        } catch (NumberFormatException e) {
            // a word, which the server knows or refuses
            body.add(field, value);
        }
    }

    private static void show(StringJoiner line, String name, JsonValue limit) {
        String text = limit instanceof JsonString word ? word.getString() : limit.toString();
        if (!text.equals("default")) {
            line.add(name + " " + text);
        }
    }
}
