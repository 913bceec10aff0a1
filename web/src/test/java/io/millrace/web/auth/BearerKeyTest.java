package io.millrace.web.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.millrace.web.http.Requests;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BearerKeyTest {

    @Test
    void findsTheKeyWhereClientsPutIt() {
        assertEquals("k", key(Map.of("authorization", "Bearer k")));
        assertEquals("k", key(Map.of("authorization", "bearer  k ")));
        assertEquals("k", key(Map.of("x-api-key", "k")));
        assertEquals("k", key(Map.of("api-key", "k")));
        assertEquals("k", key(Map.of("authorization", "Basic abc", "x-api-key", "k")));
    }

    @Test
    void findsNoneWhereThereIsNone() {
        assertNull(key(Map.of()));
        assertNull(key(Map.of("authorization", "Bearer ")));
        assertNull(key(Map.of("authorization", "Basic abc")));
        assertNull(key(Map.of("x-api-key", "  ")));
    }

    private static String key(Map<String, String> headers) {
        return BearerKey.of(Requests.withHeaders(headers));
    }
}
