package io.millrace.ejb.client;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/** The secrets of API keys: {@code mr-} and 256 random bits in 43 characters of base64url. */
final class Secrets {
    private static final int HINT_CHARACTERS = 7;
    private static final Pattern FORM = Pattern.compile("mr-[A-Za-z0-9_-]{43}");
    private static final SecureRandom RANDOM = new SecureRandom();

    private Secrets() {}

    static String draw() {
        byte[] bits = new byte[32];
        RANDOM.nextBytes(bits);
        return "mr-" + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
    }

    /** Whether it could be one; what couldn't needs no look into the database. */
    static boolean isWellFormed(String secret) {
        return secret != null && FORM.matcher(secret).matches();
    }

    /** Enough to tell one's own keys apart, not enough to guess one. */
    static String hint(String secret) {
        return secret.substring(0, HINT_CHARACTERS);
    }

    /** SHA-256. Found by an equality of hashes, so the time that takes says nothing about the secret. */
    static byte[] hash(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
