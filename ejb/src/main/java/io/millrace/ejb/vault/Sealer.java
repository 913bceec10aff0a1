package io.millrace.ejb.vault;

/** Makes bytes unreadable and unchangeable for whoever has no key. Implementations are thread-safe. */
public interface Sealer {

    /**
     * @param plain what to seal
     * @param bound what it belongs to, for example its name: it opens only with the same bytes, so that no file can be put in
     *              another one's place. Not kept in what is returned
     */
    byte[] seal(byte[] plain, byte[] bound);

    /**
     * @throws UnreadableException where it was changed, cut off, belongs to something else, or its key is not known here
     */
    byte[] open(byte[] sealed, byte[] bound) throws UnreadableException;

    /** Bytes that whatever is sealed is longer by; always the same. */
    int overhead();
}
