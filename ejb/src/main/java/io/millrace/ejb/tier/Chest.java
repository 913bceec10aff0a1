package io.millrace.ejb.tier;

import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/** A map of names to bytes. Thread-safe; of two writes of one name, the second must not begin before the first is done. */
public interface Chest {

    /** Null where there is none. May block on a disk. */
    byte[] get(String name);

    /** Done when it is as safe as the chest is: on this disk, and at all nodes. */
    CompletableFuture<?> put(String name, byte[] content);

    CompletableFuture<?> remove(String name);

    /** Shows all that is there, in no order; what comes or goes meanwhile may be shown or not. Blocks on the disk. */
    void forEach(BiConsumer<String, byte[]> visitor);
}
