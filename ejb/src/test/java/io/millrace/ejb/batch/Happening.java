package io.millrace.ejb.batch;

/** What the schedules must reach, all together, for their silence to mean anything. */
enum Happening {
    FORK, SAVE, RESTORE, PAUSE,
    /** A state was written to the disk, was read there, was found damaged there; one was cut to what a prompt has of it. */
    DISK_SAVE, DISK_RESTORE, DISK_DAMAGE, TRIM,
    /** A paused sequence went on in the slot that it had kept. */
    RESUME,
    /** A sequence that lost its cells was computed again from its tokens, though the engine lived on. */
    RECOMPUTE,
    /** A kept slot was given up because others needed it or its cells. */
    EVICTION,
    ENGINE_REPLACED, CACHE_FULL, ABORTED, SLOT_FAILED, SAVE_FAILED, RESTORE_FAILED, FORK_FAILED, DEADLINE
}
