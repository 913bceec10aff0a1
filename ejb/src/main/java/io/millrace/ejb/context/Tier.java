package io.millrace.ejb.context;

/** Where a conversation came from. */
public enum Tier {
    /** It was not known before. */
    NEW,
    /** Memory. */
    L1,
    /** This machine's disk. */
    L2,
    /** The archive. */
    L3
}
