package io.millrace.ejb.quota;

/** What is set aside for one call. Thread-safe, by its key's lock. */
public final class Reservation {

    private final Quota quota;
    final long day;
    final Bucket.Claim request;
    final Bucket.Claim minute;
    long tokens;
    boolean settled;

    Reservation(Quota quota, long day, long tokens, Bucket.Claim request, Bucket.Claim minute) {
        this.quota = quota;
        this.day = day;
        this.tokens = tokens;
        this.request = request;
        this.minute = minute;
    }

    /**
     * Now it is known what the call needs: sets aside as much as there is, from {@code least} to {@code most} tokens.
     *
     * @return this reservation, or why there isn't even {@code least}; then it is as it was, and still to be settled
     * @throws IllegalStateException when it was settled before
     */
    public Verdict adjust(Moment now, long least, long most) {
        return quota.adjust(this, now, least, most);
    }

    /** What the call may use at most. */
    public long tokens() {
        return quota.tokens(this);
    }

    /**
     * The call has ended: it used this much, and the rest is free. Only the first ending counts.
     *
     * @param used tokens of the prompt and of all answers
     */
    public void settle(Moment now, long used) {
        quota.settle(this, now, used, false);
    }

    /** The call never began: all is as if it hadn't been there. Only the first ending counts. */
    public void undo(Moment now) {
        quota.settle(this, now, 0, true);
    }
}
