package io.millrace.ejb.kv;

import java.util.LinkedHashSet;

/** Conversations of which nothing may be stored, the last of many. Guarded by the lock of {@link KvStore}. */
final class Forgotten {

    /** By then whatever was under way when the first was forgotten has ended long ago. */
    static final int MOST = 65_536;

    private final LinkedHashSet<String> digests = new LinkedHashSet<>();

    void add(String digest) {
        digests.add(digest);
        if (digests.size() > MOST) {
            digests.removeFirst();
        }
    }

    boolean has(String digest) {
        return digests.contains(digest);
    }
}
