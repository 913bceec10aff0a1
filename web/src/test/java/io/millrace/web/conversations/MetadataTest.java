package io.millrace.web.conversations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Fields;
import io.millrace.web.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataTest {

    @Test
    void readsWhatItWrites() {
        Map<String, String> metadata = Map.of("topic", "水", "b", "", "a", "\"");
        byte[] written = Json.bytes(json -> {
            json.writeStartObject();
            Metadata.write(json, metadata);
            json.writeEndObject();
        });
        assertEquals(metadata, Metadata.read(new Fields(Json.object(written))));
    }

    @Test
    void isEmptyWhereNothingIsSaid() {
        assertEquals(Map.of(), read("{}"));
        assertEquals(Map.of(), read("{\"metadata\":null}"));
    }

    @Test
    void reachesItsBoundsAndNoFurther() {
        assertEquals(16, Metadata.read(pairs(16, 64, 512)).size());
        assertEquals("metadata", assertThrows(ApiError.class, () -> Metadata.read(pairs(17, 64, 512))).param());
        assertEquals("metadata", assertThrows(ApiError.class, () -> Metadata.read(pairs(1, 65, 1))).param());
        assertThrows(ApiError.class, () -> Metadata.read(pairs(1, 1, 513)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"metadata\":7}", "{\"metadata\":[]}", "{\"metadata\":{\"a\":1}}", "{\"metadata\":{\"a\":null}}", "{\"metadata\":{\"a\":{}}}"})
    void refusesWhatIsNoText(String body) {
        assertEquals("invalid_type", assertThrows(ApiError.class, () -> read(body)).code());
    }

    private static Map<String, String> read(String body) {
        return Metadata.read(new Fields(Json.object(body.getBytes(StandardCharsets.UTF_8))));
    }

    private static Fields pairs(int count, int name, int value) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode pairs = body.putObject("metadata");
        for (int i = 0; i < count; i++) {
            pairs.put(String.format("%0" + name + "d", i), "v".repeat(value));
        }
        return new Fields(body);
    }
}
