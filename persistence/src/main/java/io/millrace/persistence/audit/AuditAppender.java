package io.millrace.persistence.audit;

import jakarta.persistence.PersistenceException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * Adds rows to the audit over a connection of its own: one statement that is its own transaction, and so one round trip, for a
 * group of any size. Owned by one thread, which it blocks.
 *
 * <p>A row that is there already under its own id is passed over, so that a group may be added again when nobody heard what
 * became of it. Does so by itself, once, where the kept connection turns out to be dead.
 */
public final class AuditAppender implements AutoCloseable {

    /** A column, the PostgreSQL type of its values, and where a row has them. */
    private record Column(String name, String type, Function<AuditRow, Object> value) {}

    private static final List<Column> COLUMNS = List.of(
            new Column("id", "uuid", AuditRow::id),
            new Column("received_at", "timestamptz", AuditRow::receivedAt),
            new Column("call_id", "text", AuditRow::callId),
            new Column("key_id", "text", row -> row.origin().keyId()),
            new Column("endpoint", "text", row -> row.origin().endpoint()),
            new Column("model", "text", row -> row.origin().model()),
            new Column("lane", "text", row -> row.origin().lane()),
            new Column("queued_micros", "int8", row -> row.timing().queuedMicros()),
            new Column("first_token_micros", "int8", row -> row.timing().firstTokenMicros()),
            new Column("total_micros", "int8", row -> row.timing().totalMicros()),
            new Column("prompt_tokens", "int4", row -> row.tokens().prompt()),
            new Column("completion_tokens", "int4", row -> row.tokens().completion()),
            new Column("cached_tokens", "int4", row -> row.tokens().cached()),
            new Column("outcome", "text", row -> row.ending().outcome()),
            new Column("detail", "text", row -> row.ending().detail()),
            new Column("prompt_hash", "text", row -> row.ending().promptHash()),
            new Column("answer_hash", "text", row -> row.ending().answerHash()),
            new Column("route", "text", AuditRow::route),
            new Column("context", "text", AuditRow::context));

    private static final String INSERT = "insert into audit_call (" + joined(Column::name) + ") select * from unnest("
            + joined(column -> "?::" + column.type() + "[]") + ") on conflict (received_at, id) do nothing";

    private final Supplier<? extends DataSource> database;
    private Connection connection;
    private PreparedStatement insert;

    /** @param database asked for each connection; it must bound every wait, that of a statement too */
    public AuditAppender(Supplier<? extends DataSource> database) {
        this.database = database;
    }

    /**
     * All of them are on disk when it returns.
     *
     * @throws PersistenceException none of them is; or, where the connection broke, nobody can tell. {@link
     *                              io.millrace.persistence.Fault} tells whose fault it is
     */
    public void add(List<AuditRow> rows) {
        run(() -> {
            for (int i = 0; i < COLUMNS.size(); i++) {
                Column column = COLUMNS.get(i);
                Array values = connection.createArrayOf(column.type(), rows.stream().map(column.value()).toArray());
                insert.setArray(i + 1, values);
            }
            insert.executeUpdate();
        });
    }

    /** @throws PersistenceException the database doesn't answer */
    public void probe() {
        run(() -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute("select 1");
            }
        });
    }

    /** What is done with the connection. */
    @FunctionalInterface
    private interface Work {
        void run() throws SQLException;
    }

    private void run(Work work) {
        boolean kept = connection != null;
        try {
            attempt(work);
        } catch (SQLException e) {
            if (!kept || connection != null) {
                throw failure(e);
            }
            try {
                attempt(work);
            } catch (SQLException again) {
                throw failure(again);
            }
        }
    }

    /** Leaves no connection behind that is broken. */
    private void attempt(Work work) throws SQLException {
        try {
            if (connection == null) {
                connection = database.get().getConnection();
                insert = connection.prepareStatement(INSERT);
            }
            work.run();
        } catch (SQLException e) {
            if (isLost(e)) {
                close();
            }
            throw e;
        }
    }

    /** SQLSTATE classes 08 (connection exception) and 57P (the server stops, or ended this session). */
    private static boolean isLost(SQLException e) {
        String state = e.getSQLState();
        return state == null || state.startsWith("08") || state.startsWith("57P");
    }

    private static PersistenceException failure(SQLException e) {
        return new PersistenceException("the audit's rows can't be written: " + e.getMessage(), e);
    }

    private static String joined(Function<Column, String> part) {
        return COLUMNS.stream().map(part).collect(Collectors.joining(", "));
    }

    /** It may be used again, with another connection. */
    @Override
    public void close() {
        Connection last = connection;
        connection = null;
        insert = null;
        try {
            if (last != null) {
                last.close();
            }
        } catch (SQLException e) {
            // it is given up all the same
        }
    }
}
