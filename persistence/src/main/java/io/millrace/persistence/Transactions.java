package io.millrace.persistence;

import jakarta.persistence.EntityManager;
import java.util.function.Function;

/** Runs work in a transaction of its own. Implementations are thread-safe. */
public interface Transactions {
    /**
     * Commits when the work returns and rolls back when it throws. Blocks its thread on the database.
     *
     * @param work must not keep the entity manager
     * @throws RuntimeException what the work threw, or what went wrong at the commit; {@link Fault} tells the kinds
     *                          apart. When the connection broke during the commit, it may have happened all the same
     */
    <T> T call(Function<EntityManager, T> work);
}
