package io.millrace.ejb.context;

import io.millrace.config.Conversations;
import io.millrace.persistence.archive.Archive;
import io.millrace.persistence.archive.ArchiveException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Moves conversations from the disk to the archive, by age and where the disk's budget is used up, and deletes those that were
 * kept long enough. Never on an answer's path. One thread at a time.
 */
final class Mover {

    private static final Logger LOG = System.getLogger(Mover.class.getName());
    /** Of the budget, what is left in use when it was exceeded. */
    private static final double RELIEF = 0.9;
    private static final int MOST_DELETED = 1000;

    private record Candidate(String tenant, String id, long lastUsedMillis, long bytes) {}

    private final Keeper keeper;
    private final Shelves shelves;
    private final Archive archive;
    private final Conversations settings;
    private final LongSupplier clock;
    private boolean told;

    Mover(Keeper keeper, Shelves shelves, Archive archive, Conversations settings, LongSupplier clock) {
        this.keeper = keeper;
        this.shelves = shelves;
        this.archive = archive;
        this.settings = settings;
        this.clock = clock;
    }

    /** Looks at all that is on disk, and moves what has to go. What fails now is tried again at the next sweep. */
    void sweep() {
        try {
            tellConcern();
            move();
            long keepMillis = settings.keep().toMillis();
            if (keepMillis > 0) {
                archive.deleteUnusedSince(Instant.ofEpochMilli(clock.getAsLong() - keepMillis), MOST_DELETED);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "Conversations were not moved to the archive; the next attempt comes: " + e, e);
        }
    }

    private void tellConcern() {
        if (!told) {
            archive.concern().ifPresent(concern -> LOG.log(Level.WARNING, "The archive: " + concern));
            told = true;
        }
    }

    private void move() throws InterruptedException {
        List<Candidate> candidates = new ArrayList<>();
        long[] bytes = new long[1];
        shelves.forEach((head, length) -> {
            bytes[0] += length;
            if (head != null) {
                candidates.add(new Candidate(head.tenant(), head.id(), head.lastUsedMillis(), length));
            }
        });
        candidates.sort(Comparator.comparingLong(Candidate::lastUsedMillis));
        long old = clock.getAsLong() - settings.archiveAfter().toMillis();
        long excess = bytes[0] > settings.disk().bytes() ? bytes[0] - (long) (RELIEF * settings.disk().bytes()) : 0;
        int moved = 0;
        for (Candidate each : candidates) {
            if (each.lastUsedMillis > old && excess <= 0) {
                break;
            }
            if (archived(each)) {
                moved++;
                excess -= each.bytes;
            }
        }
        if (moved > 0) {
            LOG.log(Level.INFO, moved + " conversations went to the archive");
        }
    }

    /** One that can't be moved for a reason of its own keeps no other from going. */
    private boolean archived(Candidate one) throws InterruptedException {
        try {
            return keeper.archive(one.tenant, one.id, one.lastUsedMillis);
        } catch (ArchiveException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "Conversation " + one.id + " stays on the disk, since it can't be moved to the archive: " + e, e);
            return false;
        }
    }
}
