package io.millrace.web.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.ejb.client.OwnLimits;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Fields;
import io.millrace.web.json.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LimitFieldsTest {

    private static final OwnLimits OLD = new OwnLimits(1, 2, 3, 4);

    @Test
    void changesWhatTheBodyNamesAndNothingElse() {
        assertEquals(OLD, read("{}"));
        assertEquals(new OwnLimits(60, 2, 0, null), read("""
                {"requests_per_minute": 60, "concurrent_requests": "none", "tokens_per_day": "default", "tokens_per_minute": null}"""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "100000001", "\"\"", "\"60\"", "\"unlimited\"", "true", "[]"})
    void refusesWhatIsNoLimit(String value) {
        ApiError refused = assertThrows(ApiError.class, () -> read("{\"tokens_per_minute\": " + value + "}"));
        assertEquals("tokens_per_minute", refused.param());
    }

    @Test
    void writesWhatItReads() {
        for (OwnLimits limits : new OwnLimits[] {OLD, OwnLimits.OF_SETTINGS, new OwnLimits(0, null, 5, 2_000_000_000)}) {
            byte[] written = Json.bytes(json -> {
                json.writeStartObject();
                LimitFields.write(json, limits);
                json.writeEndObject();
            });
            assertEquals(limits, LimitFields.read(new Fields(Json.object(written)).object("limits"), OLD));
        }
    }

    private static OwnLimits read(String body) {
        return LimitFields.read(new Fields(Json.object(body.getBytes(StandardCharsets.UTF_8))), OLD);
    }
}
