package io.millrace.persistence.archive;

import jakarta.persistence.EntityManager;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/**
 * The months that the archive's table is split into, within a transaction that the caller holds. Owned by that transaction's
 * thread. A month is a table of its own, called {@code archived_conversation_2026_11}.
 */
final class Months {

    private static final String TABLE = "archived_conversation";
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("'" + TABLE + "_'uuuu_MM");
    /** Nodes make and drop one after the other. */
    private static final long LOCK = 0x6D69_6C6C_7261_6365L;

    private final EntityManager entities;

    Months(EntityManager entities) {
        this.entities = entities;
    }

    static YearMonth of(Instant created) {
        return YearMonth.from(created.atOffset(ZoneOffset.UTC));
    }

    /** Where it isn't there yet. Readers and writers of other months go on meanwhile. */
    void make(YearMonth month) {
        lock();
        if (all().contains(month)) {
            return;
        }
        execute("create table " + month.format(NAME) + " (like " + TABLE + " including all)");
        execute("alter table " + TABLE + " attach partition " + month.format(NAME) + " for values from ('" + begin(month) + "') to ('"
                + begin(month.plusMonths(1)) + "')");
    }

    List<YearMonth> all() {
        return entities.createNativeQuery("""
                        select relname from pg_inherits join pg_class on pg_class.oid = inhrelid
                        where inhparent = to_regclass(:table) order by relname""", String.class)
                .setParameter("table", TABLE)
                .getResultStream()
                .map(name -> YearMonth.parse((String) name, NAME))
                .toList();
    }

    /** Whether it is over and nobody has used anything of it since then. */
    boolean isExpired(YearMonth month, Instant before) {
        return !begin(month.plusMonths(1)).isAfter(before) && !(Boolean) entities
                .createNativeQuery("select exists(select 1 from " + month.format(NAME) + " where last_used_at >= :before)", Boolean.class)
                .setParameter("before", before)
                .getSingleResult();
    }

    /**
     * Drops a month if it is expired. Everybody else waits meanwhile.
     *
     * @param patience to get everybody else to wait; beyond it the database refuses
     * @return how many conversations are gone with it
     */
    long dropIfExpired(YearMonth month, Instant before, Duration patience) {
        entities.createNativeQuery("select set_config('lock_timeout', :millis, true)", String.class)
                .setParameter("millis", Long.toString(patience.toMillis()))
                .getSingleResult();
        lock();
        if (!all().contains(month)) {
            return 0;
        }
        long gone = (Long) entities.createNativeQuery("select count(*) from " + month.format(NAME), Long.class).getSingleResult();
        execute("lock table only " + TABLE + " in access exclusive mode");
        if (!isExpired(month, before)) {
            return 0;
        }
        execute("drop table " + month.format(NAME));
        return gone;
    }

    private void lock() {
        entities.createNativeQuery("select cast(pg_advisory_xact_lock(:lock) as text)", String.class)
                .setParameter("lock", LOCK)
                .getSingleResult();
    }

    private void execute(String statement) {
        entities.createNativeQuery(statement).executeUpdate();
    }

    private static Instant begin(YearMonth month) {
        return month.atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC);
    }
}
