package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.config.ArchiveBucket;
import io.millrace.persistence.archive.TestStore;
import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server does with conversations that nobody needs now: they go to a bucket, and long ones are summed up. */
class ArchiveIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String MARKER = "Mühlbachmarke-7352";

    @TempDir
    private static Path folder;
    private static TestStore store;
    private static MillraceServer server;

    @BeforeAll
    static void start() throws Exception {
        store = TestStore.in(Files.createDirectory(folder.resolve("store")));
        ArchiveBucket bucket = store.bucket("team/");
        Map<String, String> environment = new HashMap<>(Map.of("MILLRACE_ARCHIVE_BUCKET", bucket.name(),
                "MILLRACE_ARCHIVE_ENDPOINT", bucket.endpoint().orElseThrow().toString(), "MILLRACE_ARCHIVE_PREFIX", bucket.prefix(),
                "MILLRACE_ARCHIVE_ACCESS_KEY", bucket.accessKey().reveal(), "MILLRACE_ARCHIVE_SECRET_KEY", bucket.secretKey().reveal()));
        environment.putAll(Map.of("MILLRACE_CONVERSATIONS_ARCHIVE_AFTER", "1s", "MILLRACE_CONVERSATIONS_SWEEP", "1s",
                "MILLRACE_CONVERSATIONS_SUMMARIES", "true", "MILLRACE_ENGINE_CONTEXT_TOKENS", "1024"));
        server = MillraceServer.start(folder.resolve("data"), MillraceServer.exact(environment));
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) {
            server.close();
        }
        store.close();
    }

    @Test
    void aConversationComesBackFromABucketAndIsGoneFromThereWhenItIsDeleted() throws IOException {
        Client client = new Client(server);
        ask(client, "mill", "Remember " + MARKER + ".");
        Path object = Until.is("an object in the bucket", PATIENCE, ArchiveIT::objects, found -> found.size() == 1).getFirst();
        assertTrue(object.toString().contains("/team/"), object.toString());
        assertFalse(new String(Files.readAllBytes(object), StandardCharsets.UTF_8).contains(MARKER), "it is sealed");

        JsonNode context = ask(client, "mill", "What did I say?");
        assertEquals("L3", context.get("tier").asText(), context.toString());
        assertEquals(1, context.get("turns").asInt());

        assertEquals(200, client.send("DELETE", "/v1/conversations/mill", null).status());
        assertEquals(List.of(), objects());
    }

    @Test
    void turnsWithoutRoomAreSummedUp() {
        Client client = new Client(server);
        int turn = 0;
        while (summaries() == 0) {
            assertTrue(turn < 200, "no summary in so many turns");
            ask(client, "long", "Wheel " + turn + " turns " + "and turns ".repeat(20));
            turn++;
        }
        assertTrue(ask(client, "long", "Go on.").get("digest").asBoolean());
        assertEquals(200, client.send("DELETE", "/v1/conversations/long", null).status());
    }

    private static long summaries() {
        return AuditTable.endpoints(server).values().stream().filter("summary"::equals).count();
    }

    private static JsonNode ask(Client client, String conversation, String text) {
        Client.Reply reply = client.chat(Client.endless(text, 8).put("conversation", conversation));
        assertEquals(200, reply.status(), reply.toString());
        return reply.json().at("/millrace/context");
    }

    private static List<Path> objects() {
        try (Stream<Path> files = Files.walk(folder.resolve("store"))) {
            return files.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
