package io.millrace.ejb.context;

import io.millrace.persistence.Transactions;
import io.millrace.persistence.archive.Archive;
import io.millrace.persistence.archive.PostgresArchive;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;

/** Says which store the archive is. */
@ApplicationScoped
class Archives {

    @Produces
    @ApplicationScoped
    Archive archive(Transactions transactions) {
        return new PostgresArchive(transactions);
    }
}
