package io.millrace.ejb.startup;

import io.millrace.persistence.Transactions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import java.util.function.Function;

/** The server's transactions. A CDI bean, since an EJB would log each failure with its whole stack. Thread-safe. */
@ApplicationScoped
public class ManagedTransactions implements Transactions {
    @PersistenceContext(unitName = "millrace")
    private EntityManager entities;

    @Override
    @Transactional(Transactional.TxType.REQUIRES_NEW)
    public <T> T call(Function<EntityManager, T> work) {
        return work.apply(entities);
    }
}
