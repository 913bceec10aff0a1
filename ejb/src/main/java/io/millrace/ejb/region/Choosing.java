package io.millrace.ejb.region;

import io.millrace.ejb.lane.Lane;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The order in which regions are asked to serve a call. No state. */
final class Choosing {

    /** So much longer a wait is worth a prompt that is there already. */
    private static final long WARMTH_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /**
     * A region as it stands for one call.
     *
     * @param rank      order of the names in the settings
     * @param waitNanos how long the call would wait there; 0: it would begin at once
     * @param warm      whether the beginning of the prompt is probably in its cache
     */
    record Candidate(String name, int rank, int weight, boolean spot, long waitNanos, boolean warm) {}

    private Choosing() {}

    /**
     * P3 goes to spot regions first. Then the region that is warm, unless another would begin much earlier; then the one
     * that would begin first; among equals the order of the names, or shares by weight where weights differ.
     *
     * @param conversation a hash that all calls of one conversation share: they go to the same region
     */
    static List<Candidate> order(List<Candidate> candidates, Lane lane, long conversation) {
        long soonest = candidates.stream().mapToLong(Candidate::waitNanos).min().orElse(0);
        boolean byOrder = candidates.stream().map(Candidate::weight).distinct().count() <= 1;
        Comparator<Candidate> cost = Comparator.comparing((Candidate one) -> lane == Lane.P3 && one.spot ? 0 : 1);
        Comparator<Candidate> warmth = Comparator.comparing(one -> one.warm && one.waitNanos <= soonest + WARMTH_NANOS ? 0 : 1);
        Comparator<Candidate> share = byOrder ? Comparator.comparing(Candidate::rank)
                : Comparator.comparing((Candidate one) -> draw(one, conversation)).reversed();
        return candidates.stream().sorted(cost.thenComparing(warmth).thenComparing(Candidate::waitNanos)
                .thenComparing(share).thenComparing(Candidate::rank)).toList();
    }

    /** Weighted rendezvous hashing (Thaler and Ravishankar, 1998; Schindelhauer and Schomaker, 2005). */
    private static double draw(Candidate one, long conversation) {
        long mixed = (conversation ^ one.name.hashCode() * 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 31) * 0x94D049BB133111EBL;
        double uniform = ((mixed ^ mixed >>> 29) >>> 11) * 0x1p-53;
        return -one.weight / Math.log(Math.max(uniform, 0x1p-53));
    }
}
