package io.millrace.ejb.context;

/** How content is packed and sealed before it lies anywhere but in memory. Implementations are thread-safe. */
interface Wrapping {

    /** @param name what it belongs to; it can be unwrapped under no other */
    byte[] wrap(byte[] content, String name);

    /** @throws DamagedException where it can't be read any more */
    byte[] unwrap(byte[] wrapped, String name);
}
