package io.millrace.ejb.cluster;

import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A map that every node has a copy of, in memory. Reads are local and may be some milliseconds old; a write is done when
 * all nodes have it. Thread-safe.
 */
public interface Shelf {

    /** Null where there is none. */
    byte[] get(String key);

    /** Writes without waiting; of two writes of one key, the second must not begin before the first is done. */
    CompletableFuture<?> put(String key, byte[] value);

    /** Writes where there is nothing, on no node; waits for the others. False where there is something. */
    boolean claim(String key, byte[] value);

    /** Without waiting. */
    void remove(String key);

    Set<String> keys();
}
