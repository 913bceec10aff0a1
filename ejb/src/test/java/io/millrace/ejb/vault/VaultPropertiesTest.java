package io.millrace.ejb.vault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Secret;
import io.millrace.config.VaultKeys;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** What holds for whatever is sealed. */
class VaultPropertiesTest {

    private static final Path NOWHERE = Path.of("target/no-vault");
    private static final Vault VAULT = vault(1);

    @Property(tries = 1_000)
    void whatWasSealedOpens(@ForAll @Size(max = 5_000) byte[] plain, @ForAll @Size(max = 100) byte[] bound) throws UnreadableException {
        byte[] sealed = VAULT.seal(plain, bound);

        assertArrayEquals(plain, VAULT.open(sealed, bound));
        assertTrue(VAULT.current(sealed));
    }

    @Property(tries = 1_000)
    void nothingThatWasChangedOpens(@ForAll @Size(max = 200) byte[] plain, @ForAll @Size(max = 20) byte[] bound,
                                    @ForAll @IntRange(max = 10_000) int at, @ForAll @IntRange(min = 1, max = 255) int flipped) {
        byte[] sealed = VAULT.seal(plain, bound);
        sealed[at % sealed.length] ^= (byte) flipped;

        assertThrows(UnreadableException.class, () -> VAULT.open(sealed, bound));
    }

    @Property(tries = 500)
    void nothingThatWasCutOffOrGrewOpens(@ForAll @Size(max = 200) byte[] plain, @ForAll @IntRange(max = 10_000) int length) {
        byte[] sealed = VAULT.seal(plain, new byte[0]);
        int other = length % (2 * sealed.length);
        Assume.that(other != sealed.length);

        assertThrows(UnreadableException.class, () -> VAULT.open(Arrays.copyOf(sealed, other), new byte[0]));
    }

    @Property(tries = 500)
    void nothingOpensInAnotherOnesPlace(@ForAll @Size(max = 200) byte[] plain, @ForAll @Size(max = 20) byte[] bound,
                                        @ForAll @Size(max = 20) byte[] other) {
        Assume.that(!Arrays.equals(bound, other));
        byte[] sealed = VAULT.seal(plain, bound);

        assertThrows(UnreadableException.class, () -> VAULT.open(sealed, other));
    }

    @Property(tries = 200)
    void onlyWhoHasTheKeyOpensIt(@ForAll @Size(max = 200) byte[] plain, @ForAll @Size(max = 20) byte[] bound,
                                 @ForAll @IntRange(min = 1, max = 5) int key, @ForAll List<@IntRange(min = 1, max = 5) Integer> others)
            throws UnreadableException {
        byte[] sealed = vault(key).seal(plain, bound);
        Vault later = vault(6, others.toArray(Integer[]::new));

        assertFalse(later.current(sealed));
        if (others.contains(key)) {
            assertArrayEquals(plain, later.open(sealed, bound));
            assertTrue(later.current(later.seal(plain, bound)));
        } else {
            assertThrows(UnreadableException.class, () -> later.open(sealed, bound));
        }
    }

    private static Vault vault(int present, Integer... old) {
        return new Vault(new VaultKeys(key(present), Optional.empty(), Arrays.stream(old).map(VaultPropertiesTest::key).toList()), NOWHERE);
    }

    private static Secret key(int number) {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) number);
        return new Secret(Base64.getEncoder().encodeToString(key));
    }
}
