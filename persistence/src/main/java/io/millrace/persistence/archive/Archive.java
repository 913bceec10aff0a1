package io.millrace.persistence.archive;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Whole conversations that nobody needed for long. Thread-safe; every method blocks on its store, and throws an {@link
 * ArchiveException} where that is out of reach.
 */
public interface Archive extends AutoCloseable {

    /** A tenant's characters, of any kind but U+0000. */
    int MOST_TENANT = 64;

    int LONGEST_ID = 128;

    /** Whether a conversation can be called so: 1 to {@value #LONGEST_ID} of A-Z, a-z, 0-9 and {@code _ . : -}. */
    static boolean isId(String id) {
        return id.length() <= LONGEST_ID && Entry.ID.matcher(id).matches();
    }

    /**
     * @param tenant   1 to {@value #MOST_TENANT} characters
     * @param id       {@link #isId}; unique within a tenant
     * @param created  cut to microseconds, as {@code lastUsed} is; not before 1970
     * @param lastUsed not before {@code created}
     * @param turns    not negative
     * @param content  opaque; not copied, so nobody may change it
     */
    record Entry(String tenant, String id, Instant created, Instant lastUsed, int turns, byte[] content) {

        private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.:-]+");

        public Entry {
            if (tenant.isEmpty() || tenant.length() > MOST_TENANT || tenant.indexOf(0) >= 0) {
                throw new IllegalArgumentException("a tenant has 1 to " + MOST_TENANT + " characters and no U+0000, not: " + tenant);
            }
            if (!isId(id)) {
                throw new IllegalArgumentException("a conversation's id has 1 to " + LONGEST_ID + " letters, digits and _ . : -, not: " + id);
            }
            if (created.isBefore(Instant.EPOCH) || lastUsed.isBefore(created) || turns < 0) {
                throw new IllegalArgumentException("of conversation " + id + ": created " + created + ", last used " + lastUsed + ", turns " + turns);
            }
            created = created.truncatedTo(ChronoUnit.MICROS);
            lastUsed = lastUsed.truncatedTo(ChronoUnit.MICROS);
        }
    }

    /** What there is, without its content. */
    record Listed(String id, Instant created, Instant lastUsed, int turns) {}

    /** Stores or replaces; committed when it returns. Of two at once, one stays whole. */
    void put(Entry entry);

    Optional<Entry> get(String tenant, String id);

    /** @return whether there was one; it is gone for good when this returns */
    boolean delete(String tenant, String id);

    /**
     * Deletes what nobody has used since then.
     *
     * @param most conversations that are deleted one by one; a store that can drop a whole expired month does so beyond it
     * @return how many are gone; fewer than {@code most}: there are no more of them
     */
    int deleteUnusedSince(Instant before, int most);

    /**
     * A tenant's conversations in the order of their ids' bytes.
     *
     * @param afterId the last id of the page before; null: from the first
     */
    List<Listed> list(String tenant, String afterId, int most);

    /** What an operator has to know of this store and can mend; empty: nothing. */
    default Optional<String> concern() {
        return Optional.empty();
    }

    /** Gives up its own connections, where it has any. */
    @Override
    default void close() {}
}
