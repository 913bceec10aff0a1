package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the programs themselves: they are unpacked once, which takes most of the time. */
class PostgresTest {

    @TempDir
    static Path unpacked;

    @TempDir
    Path parent;

    private static Home home;

    @BeforeAll
    static void unpack() throws Exception {
        home = new Home(unpacked, unpacked);
        Unpacking.unpackPostgres(home.postgres());
    }

    @Test
    void keepsItsDataAndTakesOverFromOneThatWasLeftRunning() throws Exception {
        DataFolder folder = prepared();
        Postgres left = Postgres.start(home, folder);
        run(left, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");
        // what the next start finds when the server was killed: the process, and its pid file
        long pid = pid(folder);
        Postgres next = Postgres.start(home, folder);
        try {
            assertTrue(ProcessHandle.of(pid).isEmpty(), "the one before is gone");
            assertEquals(7, number(next, "SELECT n FROM kept"));
        } finally {
            next.stop();
        }
        assertTrue(ProcessHandle.of(pid(folder, pid)).isEmpty());
    }

    @Test
    void listensOnThisMachineOnlyAndAsksForThePassword() throws Exception {
        DataFolder folder = prepared();
        Postgres postgres = Postgres.start(home, folder);
        try {
            assertEquals(1, number(postgres, "SELECT count(*) FROM pg_settings WHERE name = 'listen_addresses' AND setting = '127.0.0.1'"));
            SQLException refused = assertThrows(SQLException.class, () -> DriverManager.getConnection(postgres.url(), postgres.user(), "guess"));
            assertTrue(refused.getMessage().contains("password"), refused.getMessage());
        } finally {
            postgres.stop();
        }
    }

    @Test
    void refusesTheDataOfAnotherMajorVersion() throws Exception {
        DataFolder folder = prepared();
        Files.createDirectories(folder.postgres());
        Files.writeString(folder.postgres().resolve("PG_VERSION"), "12\n");
        Failure failure = assertThrows(Failure.class, () -> Postgres.start(home, folder));
        assertTrue(failure.getMessage().contains("was made by PostgreSQL 12"), failure.getMessage());
    }

    private DataFolder prepared() {
        DataFolder folder = new DataFolder(parent.resolve("data"));
        folder.prepare();
        return folder;
    }

    private static long pid(DataFolder folder) {
        return DataFolder.read(folder.postgres().resolve("postmaster.pid")).map(text -> Long.valueOf(text.lines().findFirst().orElseThrow().strip())).orElseThrow();
    }

    private static long pid(DataFolder folder, long otherwise) {
        return Files.exists(folder.postgres().resolve("postmaster.pid")) ? pid(folder) : otherwise;
    }

    private static void run(Postgres postgres, String sql) throws SQLException {
        try (Connection connection = connect(postgres); Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static int number(Postgres postgres, String sql) throws SQLException {
        try (Connection connection = connect(postgres); Statement statement = connection.createStatement(); ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getInt(1);
        }
    }

    private static Connection connect(Postgres postgres) throws SQLException {
        return DriverManager.getConnection(postgres.url(), postgres.user(), postgres.password());
    }
}
