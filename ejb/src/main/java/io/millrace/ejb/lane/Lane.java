package io.millrace.ejb.lane;

/** One priority class; P0 goes first. */
public enum Lane {
    /** Critical. */
    P0,
    /** Interactive; the default. */
    P1,
    /** Background. */
    P2,
    /** Bulk. */
    P3;

    /** This lane, or {@code ceiling} where this one is higher. */
    public Lane atMost(Lane ceiling) {
        return ordinal() < ceiling.ordinal() ? ceiling : this;
    }
}
