package io.millrace.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class VaultKeysTest {

    private static final String SESAME = "open sesame said Ali";

    @Test
    void theKeyComesFromTheEnvironmentAndOldOnesStandBesideIt() {
        Configuration loaded = load(Map.of("MILLRACE_VAULT_KEY", SESAME, "MILLRACE_VAULT_OLD_KEYS", "0123456789abcdef , fedcba9876543210,"));

        assertEquals(SESAME, loaded.vault().key().reveal());
        assertEquals(List.of("0123456789abcdef", "fedcba9876543210"), loaded.vault().old().stream().map(Secret::reveal).toList());
        assertFalse(loaded.toString().contains("sesame"), loaded.toString());
        assertFalse(loaded.toString().contains("0123456789abcdef"), loaded.toString());
    }

    @Test
    void orFromAFileButNotFromBoth() {
        assertEquals(Optional.of(Path.of("/run/key")), load(Map.of("MILLRACE_VAULT_KEY_FILE", "/run/key")).vault().keyFile());
        assertTrue(refusal(Map.of("MILLRACE_VAULT_KEY_FILE", "/run/key", "MILLRACE_VAULT_KEY", SESAME)).contains("keep one"));
    }

    @Test
    void aRefusalSaysWhatToDoAndShowsNoKey() {
        assertTrue(refusal(Map.of("MILLRACE_VAULT_KEY", "sesame")).contains("16 to 512 characters"));
        assertTrue(refusal(Map.of("MILLRACE_VAULT_KEY", "open,sesame,said Ali")).contains("without a comma"));
        assertTrue(refusal(Map.of("MILLRACE_VAULT_OLD_KEYS", "0123456789abcdef,sesame")).contains("separated by commas"));
        assertTrue(refusal(Map.of("MILLRACE_VAULT_OLD_KEYS", "sesame0123456789,".repeat(65))).contains("at most 64"));
    }

    private static String refusal(Map<String, String> env) {
        String message = assertThrows(ConfigurationException.class, () -> load(env)).getMessage();
        assertFalse(message.contains("sesame"), message);
        return message;
    }

    private static Configuration load(Map<String, String> env) {
        return Configuration.load(Optional.empty(), env, new Properties());
    }
}
