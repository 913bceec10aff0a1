package io.millrace.persistence.archive;

import jakarta.persistence.EntityManager;
import java.util.List;

/** The dictionaries of packed conversations, within a transaction that the caller holds. Owned by that transaction's thread. */
public final class Dictionaries {
    private final EntityManager entities;

    public Dictionaries(EntityManager entities) {
        this.entities = entities;
    }

    /** @throws jakarta.persistence.PersistenceException at the latest at the commit, when there is one of this id */
    public void add(DictionaryRow dictionary) {
        entities.persist(dictionary);
        entities.flush();
    }

    /** The newest first. */
    public List<DictionaryRow> newest(int most) {
        return entities.createQuery("select d from DictionaryRow d order by d.createdAt desc, d.id", DictionaryRow.class)
                .setMaxResults(most)
                .getResultList();
    }

    /** What was packed with it can't be unpacked any more. */
    public boolean delete(int id) {
        return entities.createQuery("delete from DictionaryRow d where d.id = :id").setParameter("id", id).executeUpdate() > 0;
    }
}
