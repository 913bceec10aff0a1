package io.millrace.ejb.kv;

/** A state that is to be written. Guarded by the lock of its {@link KvStore}. */
final class KvJob {

    final KvHead head;
    final byte[] state;
    /** Bytes of memory that it was given. */
    final long reserved;
    boolean cancelled;

    KvJob(KvHead head, byte[] state, long reserved) {
        this.head = head;
        this.state = state;
        this.reserved = reserved;
    }
}
