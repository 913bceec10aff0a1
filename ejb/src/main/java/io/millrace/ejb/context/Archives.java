package io.millrace.ejb.context;

import io.millrace.config.ArchiveBucket;
import io.millrace.config.Configuration;
import io.millrace.persistence.Transactions;
import io.millrace.persistence.archive.Archive;
import io.millrace.persistence.archive.PostgresArchive;
import io.millrace.persistence.archive.S3Archive;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import java.util.Optional;

/** Says which store the archive is. */
@ApplicationScoped
class Archives {

    @Produces
    @ApplicationScoped
    Archive archive(Configuration configuration, Transactions transactions) {
        Optional<ArchiveBucket> bucket = configuration.archiveBucket();
        return bucket.isPresent() ? new S3Archive(bucket.get()) : new PostgresArchive(transactions);
    }

    void close(@Disposes Archive archive) {
        archive.close();
    }
}
