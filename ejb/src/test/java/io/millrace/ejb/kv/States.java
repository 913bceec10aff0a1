package io.millrace.ejb.kv;

import io.millrace.connector.engine.KvState;

/** Between states and arrays. */
final class States {

    private States() {}

    static KvState of(byte[] bytes) {
        KvState state = new KvState(bytes.length);
        state.part(0, bytes.length).put(bytes);
        return state;
    }

    static byte[] bytes(KvState state) {
        byte[] bytes = new byte[(int) state.bytes()];
        state.part(0, bytes.length).get(bytes);
        return bytes;
    }
}
