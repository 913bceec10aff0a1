package io.millrace.ejb.batch;

import io.millrace.ejb.kv.KvStore;
import java.time.Duration;

/**
 * Where KV states of the past lie.
 *
 * @param store    null: nowhere
 * @param after    unused for so long, a kept slot is copied there
 * @param patience how long a sequence waits at least for its beginning to be read
 * @param arrived  called on the store's thread when something was read
 */
record Disk(KvStore store, Duration after, Duration patience, Runnable arrived) {

    static final Disk NONE = new Disk(null, Duration.ZERO, Duration.ZERO, () -> { });

    boolean isThere() {
        return store != null;
    }
}
