package io.millrace.config;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What is sealed on disk and in the archive is sealed with {@code key}, or with what stands in {@code keyFile}; where neither
 * is set, with a key that is drawn and kept in the data directory. Immutable.
 *
 * @param old they open what they sealed in the past
 */
public record VaultKeys(Secret key, Optional<Path> keyFile, List<Secret> old) {

    /** Characters of a key, in base64 or as a passphrase. */
    public static final int LEAST = 16;
    public static final int MOST = 512;

    private static final int MOST_OLD = 64;

    public VaultKeys {
        old = List.copyOf(old);
    }

    static VaultKeys read(Values values) {
        Secret key = values.secret("vault.key", LEAST, MOST);
        if (key.reveal().contains(",")) {
            throw values.hidden("vault.key", "a key without a comma, since commas separate keys in vault.old-keys");
        }
        Optional<Path> file = Optional.of(values.path("vault.key-file")).filter(path -> !path.toString().isEmpty());
        values.require(file.isEmpty() || !key.isSet(), "vault.key-file", "nothing, since vault.key is set too; keep one");
        List<Secret> old = Arrays.stream(values.text("vault.old-keys").split(",")).map(String::strip)
                .filter(text -> !text.isEmpty()).map(Secret::new).toList();
        if (old.size() > MOST_OLD || !old.stream().allMatch(each -> isOfGoodLength(each.reveal()))) {
            throw values.hidden("vault.old-keys", "at most %d keys of %d to %d characters, separated by commas".formatted(MOST_OLD, LEAST, MOST));
        }
        return new VaultKeys(key, file, old);
    }

    private static boolean isOfGoodLength(String key) {
        return key.length() >= LEAST && key.length() <= MOST;
    }
}
