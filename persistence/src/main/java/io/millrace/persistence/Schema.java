package io.millrace.persistence;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** The tables, brought up to date. */
public final class Schema {
    private Schema() {}

    /**
     * Runs the migrations that the database doesn't have yet. Several nodes may call it at once: Flyway lets one do
     * the work while the others wait.
     *
     * @return how many ran
     * @throws org.flywaydb.core.api.FlywayException when the database is out of reach or a migration fails; one that
     *                                               failed is rolled back
     */
    public static int migrate(DataSource dataSource) {
        return Flyway.configure(Schema.class.getClassLoader()).dataSource(dataSource).load().migrate().migrationsExecuted;
    }
}
