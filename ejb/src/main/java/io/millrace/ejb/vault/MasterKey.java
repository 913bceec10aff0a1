package io.millrace.ejb.vault;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * 256 bits that seal nothing themselves: each piece has a key of its own, made of them and of the piece's seed by HKDF
 * (RFC 5869), so that no number of pieces brings a nonce back under one key. Immutable.
 */
final class MasterKey {

    static final int BYTES = 32;
    static final int SALT_BYTES = 16;

    /** OWASP's number for this function, about a third of a second. */
    private static final int ROUNDS = 600_000;
    private static final byte[] ID = "millrace vault id".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PIECE = "millrace vault piece".getBytes(StandardCharsets.US_ASCII);

    private final SecretKey secret;
    private final byte[] salt;
    private final boolean present;
    private final long id;

    private MasterKey(byte[] secret, byte[] salt, boolean present) throws GeneralSecurityException {
        this.secret = new SecretKeySpec(secret, "HKDF-PRK");
        this.salt = salt;
        this.present = present;
        this.id = ByteBuffer.wrap(hkdf().deriveData(HKDFParameterSpec.expandOnly(this.secret, ID, Long.BYTES))).getLong();
    }

    /** @param present whether it is the one that seals now */
    static MasterKey of(byte[] secret, boolean present) {
        try {
            return new MasterKey(secret, new byte[SALT_BYTES], present);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java 25 has HKDF-SHA256", e);
        }
    }

    /** Takes a third of a second of a processor. */
    static MasterKey of(String passphrase, byte[] salt, boolean present) {
        PBEKeySpec spec = new PBEKeySpec(passphrase.toCharArray(), salt, ROUNDS, BYTES * Byte.SIZE);
        try {
            byte[] secret = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
            return new MasterKey(secret, salt.clone(), present);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java 25 has PBKDF2WithHmacSHA256 and HKDF-SHA256", e);
        } finally {
            spec.clearPassword();
        }
    }

    /** Tells it from others and nothing about it. */
    long id() {
        return id;
    }

    /** What was added to the passphrase, so that who knows that can make the key again; zeros: it is of no passphrase. */
    byte[] salt() {
        return salt.clone();
    }

    boolean present() {
        return present;
    }

    /** The key of the piece with this seed. */
    SecretKey piece(byte[] seed) throws GeneralSecurityException {
        byte[] info = Arrays.copyOf(PIECE, PIECE.length + seed.length);
        System.arraycopy(seed, 0, info, PIECE.length, seed.length);
        return hkdf().deriveKey("AES", HKDFParameterSpec.expandOnly(secret, info, BYTES));
    }

    private static KDF hkdf() throws GeneralSecurityException {
        return KDF.getInstance("HKDF-SHA256");
    }
}
