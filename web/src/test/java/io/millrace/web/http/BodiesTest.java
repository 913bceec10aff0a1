package io.millrace.web.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.web.error.ApiError;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BodiesTest {

    private static final int MOST = 20_000;

    private final Bodies bodies = new Bodies(MOST, 3L * MOST);

    @Property
    void readsEveryBodyUpToTheLimitWhateverItsPieces(@ForAll @IntRange(max = MOST) int length, @ForAll @IntRange(min = 1, max = 5000) int piece,
                                                     @ForAll boolean declared, @ForAll long seed) {
        byte[] body = new byte[length];
        new Random(seed).nextBytes(body);
        assertArrayEquals(body, bodies.read(Requests.of(body, piece, declared), read -> read));
        assertEquals(0, bodies.together());
    }

    @Test
    void refusesABodyThatSaysItIsTooLargeBeforeReadingIt() {
        assertEquals(413, refused(Requests.unreadable(MOST + 1)).status());
    }

    @Test
    void refusesABodyThatTurnsOutToBeTooLarge() {
        assertEquals(413, refused(Requests.of(new byte[MOST + 1], 1000, false)).status());
        assertEquals(0, bodies.together());
    }

    @Test
    void refusesABodyThatEndsTooEarly() {
        assertEquals(400, refused(Requests.declaring(10, new byte[9])).status());
    }

    @Test
    void refusesWhatWouldExceedAllBodiesTogetherAndGivesTheRoomBack() {
        byte[] full = new byte[MOST];
        bodies.read(Requests.of(full, MOST, true), one -> bodies.read(Requests.of(full, MOST, true), two ->
                bodies.read(Requests.of(full, MOST, true), three -> {
                    ApiError error = refused(Requests.of(new byte[1], 1, true));
                    assertEquals(503, error.status());
                    assertEquals(1, error.retryAfterSeconds());
                    return null;
                })));
        assertEquals(0, bodies.together());
    }

    private ApiError refused(jakarta.servlet.http.HttpServletRequest request) {
        return assertThrows(ApiError.class, () -> bodies.read(request, body -> body));
    }
}
