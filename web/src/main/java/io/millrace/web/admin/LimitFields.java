package io.millrace.web.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.ejb.client.OwnLimits;
import io.millrace.ejb.quota.Limits;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Fields;
import java.io.IOException;

/**
 * A key's limits in JSON: {@code requests_per_minute}, {@code tokens_per_minute}, {@code concurrent_requests} and {@code
 * tokens_per_day}. Each is a whole number from 1, {@code "none"} for no limit, or {@code "default"} for what the
 * settings say.
 */
final class LimitFields {

    private static final String REQUESTS_PER_MINUTE = "requests_per_minute";
    private static final String TOKENS_PER_MINUTE = "tokens_per_minute";
    private static final String CONCURRENT_REQUESTS = "concurrent_requests";
    private static final String TOKENS_PER_DAY = "tokens_per_day";
    private static final String NONE = "none";
    private static final String DEFAULT = "default";

    private LimitFields() {}

    /** @param old what stays where the body says nothing */
    static OwnLimits read(Fields fields, OwnLimits old) {
        return new OwnLimits(read(fields, REQUESTS_PER_MINUTE, Limits.MOST_PER_MINUTE, old.requestsPerMinute()),
                read(fields, TOKENS_PER_MINUTE, Limits.MOST_PER_MINUTE, old.tokensPerMinute()),
                read(fields, CONCURRENT_REQUESTS, Limits.MOST_CONCURRENT, old.concurrentRequests()),
                read(fields, TOKENS_PER_DAY, Limits.MOST_PER_DAY, old.tokensPerDay()));
    }

    static void write(JsonGenerator json, OwnLimits limits) throws IOException {
        json.writeObjectFieldStart("limits");
        write(json, REQUESTS_PER_MINUTE, limits.requestsPerMinute());
        write(json, TOKENS_PER_MINUTE, limits.tokensPerMinute());
        write(json, CONCURRENT_REQUESTS, limits.concurrentRequests());
        write(json, TOKENS_PER_DAY, limits.tokensPerDay());
        json.writeEndObject();
    }

    private static Integer read(Fields fields, String name, int most, Integer old) {
        JsonNode value = fields.get(name);
        if (value == null) {
            return old;
        }
        if (!value.isTextual()) {
            return (int) Fields.integer(value, name, 1, most);
        }
        return switch (value.textValue()) {
            case NONE -> 0;
            case DEFAULT -> null;
            default -> throw ApiError.invalid(name, "'" + name + "' must be a whole number from 1 to " + most
                    + ", 'none' or 'default', not '" + value.textValue() + "'.");
        };
    }

    private static void write(JsonGenerator json, String name, Integer limit) throws IOException {
        if (limit == null || limit == 0) {
            json.writeStringField(name, limit == null ? DEFAULT : NONE);
        } else {
            json.writeNumberField(name, limit);
        }
    }
}
