package io.millrace.web.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateLimitHeadersTest {

    @ParameterizedTest
    @CsvSource({"0, 0s", "1, 1ms", "999, 999ms", "1000, 1s", "1001, 2s", "59000, 59s", "59001, 1m0s", "360000, 6m0s", "3599000, 59m59s",
        "3600000, 1h0m0s", "86400000, 24h0m0s", "82805000, 23h0m5s"})
    void writesATimeAsOpenAiDoes(long millis, String text) {
        assertEquals(text, RateLimitHeaders.duration(millis));
    }
}
