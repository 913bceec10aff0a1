package io.millrace.persistence.archive;

import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The archived conversations, within a transaction that the caller holds. Owned by that transaction's thread. */
final class ArchivedRows {

    /** Tells these locks from others of this database. */
    private static final int LOCKS = 0x6D_72_61_63;

    private final EntityManager entities;

    ArchivedRows(EntityManager entities) {
        this.entities = entities;
    }

    /** Replaces whatever there is of this id, in any month. The month must be there. */
    void put(Archive.Entry entry) {
        entities.createNativeQuery("select cast(pg_advisory_xact_lock(:locks, hashtext(:name)) as text)", String.class)
                .setParameter("locks", LOCKS)
                .setParameter("name", entry.tenant() + '\n' + entry.id())
                .getSingleResult();
        delete(entry.tenant(), entry.id());
        entities.persist(new ArchivedRow(entry));
        entities.flush();
    }

    Optional<Archive.Entry> get(String tenant, String id) {
        return entities.createQuery("select a from ArchivedRow a where a.key.tenant = :tenant and a.key.id = :id", ArchivedRow.class)
                .setParameter("tenant", tenant)
                .setParameter("id", id)
                .getResultStream()
                .findFirst()
                .map(ArchivedRow::entry);
    }

    boolean delete(String tenant, String id) {
        return entities.createQuery("delete from ArchivedRow a where a.key.tenant = :tenant and a.key.id = :id")
                .setParameter("tenant", tenant)
                .setParameter("id", id)
                .executeUpdate() > 0;
    }

    /** The least recently used ones first. */
    int deleteUnusedSince(Instant before, int most) {
        return entities.createNativeQuery("""
                        delete from archived_conversation where last_used_at < :before and (tenant, id, created_at) in (
                            select tenant, id, created_at from archived_conversation
                            where last_used_at < :before order by last_used_at limit :most)""")
                .setParameter("before", before)
                .setParameter("most", most)
                .executeUpdate();
    }

    /** @param afterId empty: from the first */
    List<Archive.Listed> list(String tenant, String afterId, int most) {
        return entities.createQuery("""
                        select a.key.id, a.createdAt, a.lastUsedAt, a.turns from ArchivedRow a
                        where a.key.tenant = :tenant and a.key.id > :after order by a.key.id""", Object[].class)
                .setParameter("tenant", tenant)
                .setParameter("after", afterId)
                .setMaxResults(most)
                .getResultStream()
                .map(row -> new Archive.Listed((String) row[0], (Instant) row[1], (Instant) row[2], (Integer) row[3]))
                .toList();
    }
}
