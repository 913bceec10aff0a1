package io.millrace.ejb.kv;

/** What becomes of a state that might be saved. */
public enum Wish {
    SAVE,
    /** There is no room for it on its way at this moment. */
    LATER,
    /** A file has as much or more of it. */
    THERE,
    /** It was forgotten, or is too large. */
    NEVER
}
