package io.millrace.persistence;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Persistence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real PostgreSQL of its own with Millrace's tables and the product's persistence unit on it. Registered as an
 * extension it lives as long as the tests of a class, and each of them finds a table empty.
 */
public final class TestDatabase implements AutoCloseable, BeforeEachCallback, AfterAllCallback {
    private final EmbeddedPostgres postgres;
    private final EntityManagerFactory factory;
    private final String table;

    public TestDatabase() throws IOException {
        this(null);
    }

    private TestDatabase(String table) throws IOException {
        this.table = table;
        // zonky turns all three off, and "on disk" would mean nothing
        postgres = EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("full_page_writes", "on")
                .setServerConfig("synchronous_commit", "on")
                .start();
        Schema.migrate(dataSource());
        factory = factory(dataSource());
    }

    /** For {@code @RegisterExtension}: {@code table} is empty before each test. */
    public static TestDatabase withEmpty(String table) {
        try {
            return new TestDatabase(table);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) throws SQLException {
        query("truncate " + table);
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        close();
    }

    /** Each of its transactions has a new connection. */
    public Transactions transactions() {
        return new LocalTransactions(factory);
    }

    /** The product's persistence unit. */
    private static EntityManagerFactory factory(DataSource dataSource) {
        return Persistence.createEntityManagerFactory("millrace", Map.of(
                "jakarta.persistence.transactionType", "RESOURCE_LOCAL",
                "jakarta.persistence.nonJtaDataSource", dataSource,
                "hibernate.transaction.jta.platform",
                "org.hibernate.engine.transaction.jta.platform.internal.NoJtaPlatform"));
    }

    /** Every connection from it is a new one. */
    public PostgresDataSource dataSource() {
        return new PostgresDataSource(postgres.getJdbcUrl("postgres", "postgres"), "postgres", "", Duration.ofSeconds(5),
                Duration.ofSeconds(30));
    }

    /** The first column of each row, as text. */
    public List<String> query(String sql) throws SQLException {
        try (Connection connection = dataSource().getConnection(); Statement statement = connection.createStatement()) {
            List<String> column = new ArrayList<>();
            if (statement.execute(sql)) {
                ResultSet rows = statement.getResultSet();
                while (rows.next()) {
                    column.add(rows.getString(1));
                }
            }
            return column;
        }
    }

    /** From now on nothing answers. */
    public void stopServer() throws IOException {
        postgres.close();
    }

    @Override
    public void close() throws IOException {
        factory.close();
        postgres.close();
    }
}
