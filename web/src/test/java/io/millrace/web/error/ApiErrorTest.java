package io.millrace.web.error;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.ejb.flow.Refusal;
import io.millrace.web.json.Json;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ApiErrorTest {

    @ParameterizedTest
    @EnumSource
    void saysEveryRefusalWithItsStatusAndWhenToTryAgain(Refusal.Reason reason) {
        ApiError error = ApiError.of(new Refusal(reason, "why", "field", 7));
        assertEquals(reason.status(), error.status());
        assertEquals(7, error.retryAfterSeconds());
        JsonNode json = Json.object(ErrorBody.of(error)).get("error");
        assertEquals("why", json.get("message").textValue());
        assertEquals("field", json.get("param").textValue());
        assertTrue(json.get("code").isTextual() && json.get("type").isTextual());
    }

    @Property
    void writesAnyMessageAsValidJsonOfBoundedLength(@ForAll String message) {
        ApiError error = ApiError.invalid(null, message.repeat(3));
        JsonNode json = Json.object(ErrorBody.of(error)).get("error");
        assertTrue(json.get("message").textValue().length() <= 600);
        assertTrue(json.get("param").isNull());
    }

    @Test
    void carriesNoStackTrace() {
        assertEquals(0, ApiError.internal("x").getStackTrace().length);
    }
}
