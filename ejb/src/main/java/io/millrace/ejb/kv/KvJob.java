package io.millrace.ejb.kv;

import io.millrace.connector.engine.KvState;

/** A state that is to be written. Guarded by the lock of its {@link KvStore}. */
final class KvJob {

    final KvHead head;
    final KvState state;
    boolean cancelled;

    KvJob(KvHead head, KvState state) {
        this.head = head;
        this.state = state;
    }
}
