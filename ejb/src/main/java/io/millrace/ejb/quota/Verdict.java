package io.millrace.ejb.quota;

/** What became of the wish to use something. */
public sealed interface Verdict {

    /** It is set aside. */
    record Granted(Reservation reservation) implements Verdict {}

    /**
     * It isn't, and nothing has changed.
     *
     * @param limit       which limit is in the way; of several the one that is there for longest
     * @param bound       that limit
     * @param left        what is left of it now; of requests at once, none
     * @param wanted      what was asked for
     * @param waitSeconds whole seconds until it could pass, rounded up: it does then unless other calls of the key take
     *                    it first. Where it waits for calls under way to end, which nobody can foresee, 1. Where it
     *                    can never pass, because the limit itself is smaller, 0
     */
    record Refused(Limit limit, long bound, long left, long wanted, int waitSeconds) implements Verdict {}

    /** What the key used today can't be read now, so nobody can say. */
    record Unknown(String why) implements Verdict {}
}
