package io.millrace.ejb.vault;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The present key, which seals, and the old ones. Thread-safe.
 *
 * <p>A passphrase's key depends on a salt. Each data directory has its own, and each sealed piece names its salt: so a node
 * reads what another one sealed with the same passphrase, and an archive can be read when its directory is lost.
 */
final class Keyring {

    /** 32 bytes in base64 are a key; any other text is a passphrase. */
    private static final Pattern BASE64_KEY = Pattern.compile("[A-Za-z0-9+/]{43}=");
    private static final int MOST_STRANGERS = 1_000;
    private static final byte[] NO_SALT = new byte[MasterKey.SALT_BYTES];

    private final MasterKey present;
    private final List<String> passphrases = new ArrayList<>();
    private final boolean presentIsPassphrase;
    private final Map<Long, MasterKey> known = new ConcurrentHashMap<>();
    /** Ids and salts that none of the passphrases makes a key of; guarded by this. */
    private final Set<ByteBuffer> strangers = Collections.newSetFromMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Boolean> eldest) {
            return size() > MOST_STRANGERS;
        }
    });

    /**
     * @param old  in any order
     * @param salt of {@value MasterKey#SALT_BYTES} bytes, for the present key where it is a passphrase
     */
    Keyring(String presentText, List<String> old, byte[] salt) {
        presentIsPassphrase = isPassphrase(presentText);
        old.forEach(this::add);
        if (presentIsPassphrase) {
            passphrases.addFirst(presentText);
            present = MasterKey.of(presentText, salt, true);
        } else {
            present = MasterKey.of(Base64.getDecoder().decode(presentText), true);
        }
        known.put(present.id(), present);
    }

    static boolean isPassphrase(String text) {
        return !BASE64_KEY.matcher(text).matches();
    }

    private void add(String text) {
        if (isPassphrase(text)) {
            passphrases.add(text);
        } else {
            MasterKey key = MasterKey.of(Base64.getDecoder().decode(text), false);
            known.put(key.id(), key);
        }
    }

    MasterKey present() {
        return present;
    }

    /**
     * A look into memory, but for the first piece of a salt: that takes a third of a second for each passphrase, one caller
     * after the other.
     */
    Optional<MasterKey> find(long id, byte[] salt) {
        MasterKey key = known.get(id);
        return Optional.ofNullable(key != null || Arrays.equals(salt, NO_SALT) ? key : derive(id, salt));
    }

    private synchronized MasterKey derive(long id, byte[] salt) {
        ByteBuffer stranger = ByteBuffer.allocate(Long.BYTES + salt.length).putLong(id).put(salt).flip();
        if (known.containsKey(id) || strangers.contains(stranger)) {
            return known.get(id);
        }
        for (int i = 0; i < passphrases.size(); i++) {
            MasterKey key = MasterKey.of(passphrases.get(i), salt, presentIsPassphrase && i == 0);
            if (key.id() == id) {
                known.put(id, key);
                return key;
            }
        }
        strangers.add(stranger);
        return null;
    }
}
