package io.millrace.ejb.startup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private final Backoff backoff = new Backoff(Duration.ofMillis(1), Duration.ofMillis(5));

    @Test
    void doublesUpToItsBoundAndStaysThere() {
        assertEquals(List.of(1L, 2L, 4L, 5L, 5L), Stream.generate(backoff::next).limit(5).map(Duration::toMillis).toList());
    }

    @Test
    void startsAgainAfterASuccess() {
        backoff.next();
        backoff.next();
        backoff.reset();
        assertEquals(1, backoff.next().toMillis());
    }
}
