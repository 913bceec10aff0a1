package io.millrace.ejb.vault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Secret;
import io.millrace.config.VaultKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaultTest {

    private static final String PASSPHRASE = "correct horse battery staple";
    private static final byte[] PLAIN = "what was said".getBytes(StandardCharsets.UTF_8);
    private static final byte[] BOUND = "tenant/conversation".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path data;

    @Test
    void withoutASettingAKeyIsDrawnOnceForItsOwnerOnly() throws Exception {
        byte[] sealed = vault("").seal(PLAIN, BOUND);

        Path key = data.resolve("vault/key");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key)));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key.getParent())));
        assertArrayEquals(PLAIN, vault("").open(sealed, BOUND));
        assertEquals(List.of("key"), names(key.getParent()));
    }

    @Test
    void theDrawnKeyStillOpensOnceAnotherIsSetAndCanItselfBeSetElsewhere(@TempDir Path elsewhere) throws Exception {
        byte[] sealed = vault("").seal(PLAIN, BOUND);
        Vault changed = vault(random(1));

        assertArrayEquals(PLAIN, changed.open(sealed, BOUND));
        assertFalse(changed.current(sealed));
        String drawn = Files.readString(data.resolve("vault/key")).strip();
        assertArrayEquals(PLAIN, vault(drawn, elsewhere).open(sealed, BOUND));
        assertFalse(Files.exists(elsewhere.resolve("vault")));
    }

    @Test
    void aDamagedKeyFileStopsTheStartAndIsLeftAsItIs() throws Exception {
        Path key = Files.createDirectory(data.resolve("vault")).resolve("key");
        for (String damaged : new String[] {"", "AAAA", "not base64!", random(1) + random(1)}) {
            Files.writeString(key, damaged);
            assertTrue(assertThrows(IllegalStateException.class, () -> vault("")).getMessage().startsWith(key + " can't be read"));
            assertEquals(damaged, Files.readString(key));
        }
    }

    @Test
    void aLeftoverOfAStartThatWasKilledDoesNotMatter() throws Exception {
        Files.writeString(Files.createDirectory(data.resolve("vault")).resolve("key.new"), "half of a k");
        byte[] sealed = vault("").seal(PLAIN, BOUND);
        assertArrayEquals(PLAIN, vault("").open(sealed, BOUND));
    }

    @Test
    void aPassphraseOpensOnAnotherNodeAndAfterTheDirectoryWasLost(@TempDir Path elsewhere) throws Exception {
        byte[] sealed = vault(PASSPHRASE).seal(PLAIN, BOUND);
        Vault other = vault(PASSPHRASE, elsewhere);

        assertFalse(Arrays.equals(salt(data), salt(elsewhere)));
        assertArrayEquals(PLAIN, other.open(sealed, BOUND));
        assertTrue(other.current(sealed), "the same passphrase, so there is no reason to seal it again");
        assertThrows(UnreadableException.class, () -> vault(PASSPHRASE + "r", elsewhere).open(sealed, BOUND));
    }

    @Test
    void aPassphraseOfThePastOpensAndIsNotCurrent() throws Exception {
        byte[] sealed = vault(PASSPHRASE).seal(PLAIN, BOUND);
        Vault rotated = new Vault(new VaultKeys(new Secret(random(1)), Optional.empty(), List.of(new Secret(random(2)), new Secret(PASSPHRASE))), data);

        assertArrayEquals(PLAIN, rotated.open(sealed, BOUND));
        assertFalse(rotated.current(sealed));
        assertTrue(rotated.current(rotated.seal(PLAIN, BOUND)));
    }

    @Test
    void aForgedSaltSpoilsNothing() throws Exception {
        byte[] sealed = vault(PASSPHRASE).seal(PLAIN, BOUND);
        Files.delete(data.resolve("vault/salt"));
        Vault other = vault(PASSPHRASE);
        byte[] forged = sealed.clone();
        forged[9] ^= 1;

        assertThrows(UnreadableException.class, () -> other.open(forged, BOUND));
        assertArrayEquals(PLAIN, other.open(sealed, BOUND));
    }

    @Test
    void theKeyCanStandInAFile() throws Exception {
        Path file = Files.writeString(data.resolve("secret"), random(1) + "\n");
        byte[] sealed = new Vault(new VaultKeys(new Secret(""), Optional.of(file), List.of()), data).seal(PLAIN, BOUND);
        assertArrayEquals(PLAIN, vault(random(1)).open(sealed, BOUND));

        Files.writeString(file, "short");
        assertTrue(assertThrows(IllegalStateException.class, () -> fromFile(file)).getMessage().contains("vault.key-file"));
        Files.delete(file);
        assertTrue(assertThrows(UncheckedIOException.class, () -> fromFile(file)).getMessage().contains("vault.key-file"));
    }

    @Test
    void nothingOfTheContentIsSeenAndNoTwoPiecesAreAlike() {
        Vault vault = vault(random(1));
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            String sealed = new String(vault.seal(PLAIN, BOUND), StandardCharsets.ISO_8859_1);
            assertFalse(sealed.contains("said") || sealed.contains("tenant"));
            assertTrue(seen.add(sealed.substring(25, 53)), "a seed and nonce came twice");
        }
    }

    /** Whatever changes in this class, what lies on disk must still open. Sealed by another implementation of what it says. */
    @Test
    void whatVersionOneSealedOpensForEver() throws Exception {
        byte[] sealed = Base64.getDecoder().decode("AVadwyGcdYGnAAAAAAAAAAAAAAAAAAAAAAABAgMEBQYHCAkKCwwNDg9k"
                + "ZWZnaGlqa2xtbm9MEU8XkMTgVAlAJ67JUCEpcGeMriDJfe4MIeLe3w==");
        assertArrayEquals(PLAIN, vault(random(1)).open(sealed, BOUND));
    }

    @Test
    void whatIsNotSealedSaysSo() {
        Vault vault = vault(random(1));
        for (byte[] other : new byte[][] {{}, new byte[Vault.OVERHEAD_BYTES - 1], new byte[1000], PLAIN}) {
            assertTrue(assertThrows(UnreadableException.class, () -> vault.open(other, BOUND)).getMessage().contains("not sealed"));
            assertThrows(UnreadableException.class, () -> vault.current(other));
        }
    }

    @Test
    void manyThreadsMayUseIt() throws Exception {
        Vault vault = vault(random(1));
        Callable<Void> work = () -> {
            for (int i = 0; i < 500; i++) {
                byte[] plain = Thread.currentThread().toString().repeat(1 + i % 50).getBytes(StandardCharsets.UTF_8);
                assertArrayEquals(plain, vault.open(vault.seal(plain, BOUND), BOUND));
            }
            return null;
        };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Void> done : threads.invokeAll(Stream.generate(() -> work).limit(16).toList())) {
                done.get();
            }
        }
    }

    private Vault vault(String key) {
        return vault(key, data);
    }

    private static Vault vault(String key, Path data) {
        return new Vault(new VaultKeys(new Secret(key), Optional.empty(), List.of()), data);
    }

    private Vault fromFile(Path file) {
        return new Vault(new VaultKeys(new Secret(""), Optional.of(file), List.of()), data);
    }

    private static byte[] salt(Path data) throws IOException {
        return Files.readAllBytes(data.resolve("vault/salt"));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static String random(int seed) {
        byte[] key = new byte[32];
        new java.util.Random(seed).nextBytes(key);
        return Base64.getEncoder().encodeToString(key);
    }
}
