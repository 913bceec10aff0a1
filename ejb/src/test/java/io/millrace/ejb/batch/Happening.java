package io.millrace.ejb.batch;

/** What the schedules must reach, all together, for their silence to mean anything. */
enum Happening {
    FORK, SAVE, RESTORE, PAUSE,
    /** A paused sequence went on in the slot that it had kept. */
    RESUME,
    /** A sequence that lost its cells was computed again from its tokens, though the engine lived on. */
    RECOMPUTE,
    /** A kept slot was given up because others needed it or its cells. */
    EVICTION,
    ENGINE_REPLACED, CACHE_FULL, ABORTED, SLOT_FAILED, SAVE_FAILED, RESTORE_FAILED, FORK_FAILED, DEADLINE
}
