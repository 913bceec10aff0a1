package io.millrace.persistence.archive;

import io.millrace.persistence.Fault;
import io.millrace.persistence.Transactions;
import jakarta.persistence.EntityManager;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The archive as a table of the database. Thread-safe. What is deleted can't be found by any query from then on; PostgreSQL
 * writes over its sealed bytes when it vacuums.
 */
public final class PostgresArchive implements Archive {

    private static final Duration DROP_PATIENCE = Duration.ofSeconds(1);

    private final Transactions transactions;
    /** Months that were there when they were last looked for. */
    private final Set<YearMonth> known = ConcurrentHashMap.newKeySet();

    public PostgresArchive(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public void put(Entry entry) {
        YearMonth month = Months.of(entry.created());
        try {
            putInto(month, entry);
        } catch (RuntimeException e) {
            if (Fault.of(e) != Fault.DATA) {
                throw outOfReach("put conversation " + entry.id() + " into", e);
            }
            // another node dropped the month since
            known.remove(month);
            call("put conversation " + entry.id() + " into", entities -> {
                new Months(entities).make(month);
                new ArchivedRows(entities).put(entry);
                return null;
            });
        }
    }

    private void putInto(YearMonth month, Entry entry) {
        if (!known.contains(month)) {
            transactions.call(entities -> {
                new Months(entities).make(month);
                return null;
            });
            known.add(month);
        }
        transactions.call(entities -> {
            new ArchivedRows(entities).put(entry);
            return null;
        });
    }

    @Override
    public Optional<Entry> get(String tenant, String id) {
        return call("get conversation " + id + " from", entities -> new ArchivedRows(entities).get(tenant, id));
    }

    @Override
    public boolean delete(String tenant, String id) {
        return call("delete conversation " + id + " from", entities -> new ArchivedRows(entities).delete(tenant, id));
    }

    @Override
    public int deleteUnusedSince(Instant before, int most) {
        long gone = 0;
        List<YearMonth> expired = call("look for expired months of", entities -> {
            Months months = new Months(entities);
            return months.all().stream().filter(month -> months.isExpired(month, before)).toList();
        });
        for (YearMonth month : expired) {
            gone += drop(month, before);
        }
        gone += call("delete expired conversations from", entities -> new ArchivedRows(entities).deleteUnusedSince(before, most));
        return (int) Math.min(gone, Integer.MAX_VALUE);
    }

    /** Where others don't let go of the table in time, its rows are deleted one by one, and the month goes another time. */
    private long drop(YearMonth month, Instant before) {
        try {
            return transactions.call(entities -> new Months(entities).dropIfExpired(month, before, DROP_PATIENCE));
        } catch (RuntimeException e) {
            return 0;
        } finally {
            known.remove(month);
        }
    }

    @Override
    public List<Listed> list(String tenant, String afterId, int most) {
        return call("list conversations of", entities -> new ArchivedRows(entities).list(tenant, afterId == null ? "" : afterId, most));
    }

    private <T> T call(String what, Function<EntityManager, T> work) {
        try {
            return transactions.call(work);
        } catch (RuntimeException e) {
            throw outOfReach(what, e);
        }
    }

    private static ArchiveException outOfReach(String what, RuntimeException e) {
        return new ArchiveException("Could not " + what + " the archive: " + Fault.reason(e), e);
    }
}
