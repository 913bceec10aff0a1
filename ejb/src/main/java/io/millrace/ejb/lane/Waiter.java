package io.millrace.ejb.lane;

/** What can wait in a lane. */
public interface Waiter {

    Lane lane();

    /** Who shares the lane equally with others. */
    String tenant();

    /** What serving it will probably cost, tokens. */
    int work();
}
