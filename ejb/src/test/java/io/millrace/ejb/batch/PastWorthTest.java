package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PastWorthTest {

    private final PastWorth past = new PastWorth();

    @Test
    void hasItsPartWhileNothingIsKnown() {
        assertEquals(0.5, past.part(0.5, 32, 32));
    }

    @Test
    void givesWayInAFullBatchWhereItBringsNothing() {
        prompts(100, 0);
        assertEquals(0.01, past.part(0.5, 32, 32));
        assertEquals(0.01, past.part(0.5, 24, 32));
        assertEquals(0.5, past.part(0.5, 23, 32), "nobody waits for a batch that isn't full");
        assertEquals(0.005, past.part(0.005, 32, 32), "never more than it may have");
        assertEquals(0, past.part(0, 32, 32));
    }

    @Test
    void hasItsPartWhereItBringsSomething() {
        prompts(100, 10);
        assertEquals(0.5, past.part(0.5, 32, 32));
    }

    @Test
    void isTriedAgainWhenItBringsSomethingAgain() {
        prompts(500, 0);
        prompts(20, 50);
        assertEquals(0.5, past.part(0.5, 32, 32));
        prompts(500, 0);
        assertEquals(0.01, past.part(0.5, 32, 32));
    }

    private void prompts(int count, int found) {
        for (int i = 0; i < count; i++) {
            past.asked(100);
            past.found(found);
        }
    }
}
