package io.millrace.ejb.region;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteException.Code;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.flow.Refusal.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Refusals}, {@link JsonText} and {@link Warmth}. */
class SmallThingsTest {

    @ParameterizedTest
    @EnumSource
    void everyFailureHasItsRefusal(Code code) {
        Refusal before = Refusals.of(new RemoteException(code, "why", 9, true, null), false);
        assertEquals(switch (code) {
            case CONTEXT_LENGTH -> Reason.CONTEXT_LENGTH;
            case INVALID -> Reason.INVALID;
            case REFUSED_BUSY -> Reason.RATE_LIMIT;
            case PAYMENT -> Reason.PAYMENT;
            default -> Reason.NO_ENGINE;
        }, before.reason());
    }

    @Test
    void whoHasAPartOfAnAnswerIsNotBlamedForItsEnd() {
        assertEquals(Reason.ENGINE_FAILED, Refusals.of(new RemoteException(Code.INVALID, "continue_final_message is unknown"), true).reason());
        assertEquals(Reason.ENGINE_FAILED, Refusals.of(new RemoteException(Code.BROKEN, "reset"), true).reason());
    }

    @Test
    void saysAgainAfterTheTimeThatAServerAskedFor() {
        assertEquals(9, Refusals.of(new RemoteException(Code.REFUSED_BUSY, "busy", 9, true, null), false).retryAfterSeconds());
        assertEquals(1, Refusals.of(new RemoteException(Code.REFUSED_BUSY, "busy"), false).retryAfterSeconds());
        assertEquals(30, Refusals.of(new RemoteException(Code.UNAVAILABLE, "down", 30, true, null), false).retryAfterSeconds());
    }

    @Test
    void doesNotShowAClientWhatAnOperatorShouldRead() {
        assertFalse(Refusals.of(new RemoteException(Code.AUTHENTICATION, "key refused at 10.0.0.7"), false).message().contains("10.0.0.7"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", " {\"a\":[1,2,{\"b\":null}]} \n", "{\"a\":\"}\"}"})
    void knowsAnObject(String text) {
        assertTrue(JsonText.isObject(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "1", "{", "{\"a\":", "{}{}", "{} x", "{\"a\":1}]", "x{}", "{\"a\":1,}", "{\"a\" 1}"})
    void knowsWhatIsNone(String text) {
        assertFalse(JsonText.isObject(text));
    }

    @Test
    void remembersTheLastConversationsAndNoMore() {
        Warmth warmth = new Warmth();
        warmth.put(-1, "a");
        for (long i = 0; i < 20_000; i++) {
            warmth.put(i, "b");
            if (i % 100 == 0) {
                assertTrue(warmth.is(-1, "a"), "who is asked for stays");
            }
        }
        assertFalse(warmth.is(0, "b"), "the oldest goes");
        assertTrue(warmth.is(19_999, "b"));
        warmth.put(19_999, "a");
        assertTrue(warmth.is(19_999, "a") && !warmth.is(19_999, "b"));
    }
}
