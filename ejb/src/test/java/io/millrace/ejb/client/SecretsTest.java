package io.millrace.ejb.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SecretsTest {
    @Test
    void areWellFormedAndNeverTheSame() {
        Set<String> drawn = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            String secret = Secrets.draw();
            assertTrue(Secrets.isWellFormed(secret), secret);
            assertTrue(drawn.add(secret), secret);
        }
    }

    @Test
    void whatCouldNotBeOneIsSeenAtOnce() {
        String secret = Secrets.draw();
        for (String other : new String[] {null, "", "mr-", secret + "x", secret.substring(1), " " + secret, "sk" + secret.substring(2),
            secret.substring(0, 45) + "+", secret.substring(0, 45) + "\0", secret + "\n"}) {
            assertFalse(Secrets.isWellFormed(other), other);
        }
    }

    @Test
    void theHashIsSha256OfTheText() {
        assertEquals("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", HexFormat.of().formatHex(Secrets.hash("abc")));
        assertEquals(32, Secrets.hash("x".repeat(100)).length);
        assertEquals(46, Secrets.draw().getBytes(StandardCharsets.UTF_8).length);
    }

    @Test
    void theHintIsTheFirstSevenCharacters() {
        assertEquals("mr-AbCd", Secrets.hint("mr-AbCdEfGhIj"));
    }
}
