package io.millrace.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SchemaTest {
    private static TestDatabase database;

    @BeforeAll
    static void start() throws Exception {
        database = new TestDatabase();
    }

    @AfterAll
    static void stop() throws Exception {
        database.close();
    }

    @Test
    void migratingAgainDoesNothing() {
        assertEquals(0, Schema.migrate(database.dataSource()));
    }

    /** A column for what was said would be a leak; whoever adds one must come past here. */
    @Test
    void theAuditHasNoPlaceForWhatWasSaid() throws Exception {
        assertEquals(List.of("answer_hash", "cached_tokens", "call_id", "completion_tokens", "context", "detail", "endpoint",
                        "first_token_micros", "id", "key_id", "lane", "model", "outcome", "prompt_hash", "prompt_tokens",
                        "queued_micros", "received_at", "route", "total_micros"),
                database.query("select column_name::text from information_schema.columns where table_name = 'audit_call' order by 1"));
    }

    @Test
    void everyMomentIsKeptWithItsTimeZone() throws Exception {
        assertEquals(List.of(), database.query("""
                select table_name || '.' || column_name from information_schema.columns
                where table_name in ('api_key', 'audit_call', 'archived_conversation', 'archive_dictionary') and data_type like 'timestamp without%'"""));
    }

    @Test
    void lookupsByKeyAndByTimeUseAnIndex() throws Exception {
        assertUsesIndex("select * from audit_call where key_id = 'k' and received_at > now() order by received_at desc");
        assertUsesIndex("select sum(prompt_tokens) from audit_call where key_id = 'k' and received_at >= now()");
        assertUsesIndex("select * from audit_call where received_at between now() and now()");
        assertUsesIndex("select * from api_key where secret_hash = sha256('x')");
    }

    private static void assertUsesIndex(String sql) throws Exception {
        try (Connection connection = database.dataSource().getConnection(); Statement statement = connection.createStatement()) {
            statement.execute("set enable_seqscan = off");
            StringBuilder plan = new StringBuilder();
            for (ResultSet rows = statement.executeQuery("explain " + sql); rows.next(); ) {
                plan.append(rows.getString(1)).append('\n');
            }
            assertTrue(plan.indexOf("Index") >= 0, plan.toString());
        }
    }
}
