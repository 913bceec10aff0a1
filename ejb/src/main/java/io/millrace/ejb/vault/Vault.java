package io.millrace.ejb.vault;

import io.millrace.config.Configuration;
import io.millrace.config.VaultKeys;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM with the settings' key, else with one that is drawn and kept in the data directory. Thread-safe.
 *
 * <p>A sealed piece is {@value #OVERHEAD_BYTES} bytes longer: a version, the id of its key and what a passphrase's key was
 * salted with, a random seed that makes the piece's own key, a random nonce; then what is sealed, and the tag. The first five
 * are authenticated together with what the piece is bound to.
 */
@ApplicationScoped
public class Vault implements Sealer {

    private static final Logger LOG = Logger.getLogger(Vault.class.getName());
    private static final byte VERSION = 1;
    private static final int SEED_BYTES = 16;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int SALT_AT = 1 + Long.BYTES;
    private static final int SEED_AT = SALT_AT + MasterKey.SALT_BYTES;
    private static final int NONCE_AT = SEED_AT + SEED_BYTES;
    private static final int HEADER_BYTES = NONCE_AT + NONCE_BYTES;
    static final int OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Keyring keys;

    /** For the container's proxy, which uses no field. */
    protected Vault() {
        keys = null;
    }

    /**
     * Takes a third of a second where the key is a passphrase.
     *
     * @throws IllegalStateException when there is no usable key; the message says what to do
     */
    @Inject
    public Vault(Configuration configuration) {
        this(settings(configuration), configuration.data().dir());
        LOG.log(Level.INFO, "What lies on disk is sealed with key {0}.", HexFormat.of().toHexDigits(keys.present().id()));
    }

    /** Nodes read what other nodes sealed: where they have no key for it, what they share is one. */
    private static VaultKeys settings(Configuration configuration) {
        VaultKeys set = configuration.vault();
        boolean own = set.key().isSet() || set.keyFile().isPresent() || !configuration.cluster().on();
        return own ? set : new VaultKeys(configuration.cluster().secret(), Optional.empty(), set.old());
    }

    Vault(VaultKeys settings, Path data) {
        KeyFolder folder = new KeyFolder(data);
        Optional<String> set = settings.keyFile().map(Vault::read).or(() -> Optional.of(settings.key().reveal()).filter(text -> !text.isEmpty()));
        Optional<String> drawn = folder.key();
        String present = set.or(() -> drawn).orElseGet(folder::drawKey);
        List<String> old = new ArrayList<>();
        settings.old().forEach(each -> old.add(each.reveal()));
        drawn.filter(text -> !text.equals(present)).ifPresent(old::add);
        keys = new Keyring(present, old, Keyring.isPassphrase(present) ? folder.salt() : new byte[MasterKey.SALT_BYTES]);
    }

    private static String read(Path file) {
        try {
            String key = Files.readString(file).strip();
            if (key.length() < VaultKeys.LEAST || key.length() > VaultKeys.MOST || key.contains(",")) {
                throw new IllegalStateException("%s, which vault.key-file names, holds no key of %d to %d characters without a comma."
                        .formatted(file, VaultKeys.LEAST, VaultKeys.MOST));
            }
            return key;
        } catch (IOException e) {
            throw new UncheckedIOException(file + ", which vault.key-file names, can't be read.", e);
        }
    }

    @Override
    public byte[] seal(byte[] plain, byte[] bound) {
        MasterKey key = keys.present();
        byte[] random = new byte[SEED_BYTES + NONCE_BYTES];
        RANDOM.nextBytes(random);
        byte[] sealed = new byte[Math.addExact(plain.length, OVERHEAD_BYTES)];
        ByteBuffer.wrap(sealed).put(VERSION).putLong(key.id()).put(key.salt()).put(random);
        try {
            cipher(Cipher.ENCRYPT_MODE, key, sealed, bound).doFinal(plain, 0, plain.length, sealed, HEADER_BYTES);
            return sealed;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java 25 has AES/GCM/NoPadding", e);
        }
    }

    @Override
    public byte[] open(byte[] sealed, byte[] bound) throws UnreadableException {
        MasterKey key = key(sealed).orElseThrow(() -> new UnreadableException(
                "The key that it was sealed with is not known here; if it is one of the past, add it to vault.old-keys."));
        try {
            return cipher(Cipher.DECRYPT_MODE, key, sealed, bound).doFinal(sealed, HEADER_BYTES, sealed.length - HEADER_BYTES);
        } catch (AEADBadTagException e) {
            throw new UnreadableException("It was changed after it was sealed, or belongs to something else.", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java 25 has AES/GCM/NoPadding", e);
        }
    }

    @Override
    public int overhead() {
        return OVERHEAD_BYTES;
    }

    /**
     * Whether it is sealed with the present key, so that it needn't be sealed again. Says nothing about whether it opens.
     *
     * @throws UnreadableException where it is nothing that was sealed
     */
    public boolean current(byte[] sealed) throws UnreadableException {
        return key(sealed).filter(MasterKey::present).isPresent();
    }

    private Optional<MasterKey> key(byte[] sealed) throws UnreadableException {
        if (sealed.length < OVERHEAD_BYTES || sealed[0] != VERSION) {
            throw new UnreadableException("It is cut off, or not sealed, or by a version that is not known here.");
        }
        return keys.find(ByteBuffer.wrap(sealed).getLong(1), Arrays.copyOfRange(sealed, SALT_AT, SEED_AT));
    }

    /** Ready for the content; header and bound are part of what it authenticates. */
    private static Cipher cipher(int mode, MasterKey key, byte[] sealed, byte[] bound) throws GeneralSecurityException {
        SecretKey piece = key.piece(Arrays.copyOfRange(sealed, SEED_AT, NONCE_AT));
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, piece, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, sealed, NONCE_AT, NONCE_BYTES));
        cipher.updateAAD(sealed, 0, HEADER_BYTES);
        cipher.updateAAD(bound);
        return cipher;
    }
}
