package io.millrace.connector.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteSpecTest {

    @Test
    void equalSpecsAreEqualAndHideTheirKey() {
        assertEquals(spec("https://host/v1", "sk-1"), spec("https://host/v1", "sk-1"));
        assertFalse(spec("https://host/v1", "sk-1").toString().contains("sk-1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"host", "ftp://host", "http:///v1", "http://user:pw@host/v1", "http://host/v1?x=1", "http://host/v1#x", "http://host/v1/"})
    void refusesWhatIsNoAddress(String base) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> spec(base, null));
        assertFalse(refused.getMessage().contains("pw"), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a\r\nX-Other: 1", "ключ"})
    void refusesAKeyThatNoHeaderCanHold(String key) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> spec("http://host", key));
        assertFalse(!key.isEmpty() && refused.getMessage().contains(key), refused.getMessage());
    }

    private static RemoteSpec spec(String base, String key) {
        return new RemoteSpec("s", URI.create(base), Dialect.OPENAI, key, null, Duration.ofSeconds(1), HttpVersion.AUTO);
    }
}
