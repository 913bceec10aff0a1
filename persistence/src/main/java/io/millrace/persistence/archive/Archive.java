package io.millrace.persistence.archive;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Whole conversations that nobody needed for long. Thread-safe; every method blocks on its store. */
public interface Archive {

    /** @param content packed and sealed above; means nothing here */
    record Entry(String tenant, String id, Instant created, Instant lastUsed, int turns, byte[] content) {}

    /** One that is there, without its content. */
    record Listed(String id, Instant created, Instant lastUsed, int turns) {}

    /** Stores or replaces; it is there for good when this returns. */
    void put(Entry entry);

    Optional<Entry> get(String tenant, String id);

    /** It is gone for good when this returns; true where there was one. */
    boolean delete(String tenant, String id);

    /** Deletes at most so many that were last used before; answers how many. */
    int deleteUnusedSince(Instant before, int most);

    /** In order of their ids, those after this one; null begins with the first. */
    List<Listed> list(String tenant, String afterId, int most);
}
