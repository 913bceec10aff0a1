package io.millrace.ejb.startup;

import io.millrace.config.Configuration;
import io.millrace.ejb.config.Settings;
import io.millrace.persistence.PostgresDataSource;
import java.time.Duration;

/**
 * What the server's pool makes its connections from. The pool's descriptor names this class, so that address, password
 * and timeouts come from the settings wherever they were set, and stand in no descriptor.
 */
public class PooledDataSource extends PostgresDataSource {
    private static final long serialVersionUID = 1;

    public PooledDataSource() {
        this(Settings.load().db());
    }

    private PooledDataSource(Configuration.Db db) {
        super(url(db), db.user(), db.password().reveal(), db.connectTimeout(), db.answerTimeout());
    }

    /** One connection for the migrations, which may take as long as they need. */
    static PostgresDataSource forMigrations(Configuration.Db db) {
        return new PostgresDataSource(url(db), db.user(), db.password().reveal(), db.connectTimeout(), Duration.ZERO);
    }

    /** Connections for the audit's writer, beside the pool: it keeps its own. */
    public static PostgresDataSource forAudit(Configuration.Db db, Duration patience) {
        return new PostgresDataSource(url(db), db.user(), db.password().reveal(), db.connectTimeout(), db.answerTimeout())
                .limitingStatements(patience);
    }

    private static String url(Configuration.Db db) {
        return db.url().orElseThrow(() -> new IllegalStateException(
                "db.url is empty: the launcher starts an embedded PostgreSQL and sets it; without the launcher, set db.url"));
    }
}
