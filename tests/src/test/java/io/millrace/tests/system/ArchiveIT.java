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
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A conversation goes to a bucket, comes back from there, and is gone from there when its owner deletes it. */
class ArchiveIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String MARKER = "Mühlbachmarke-7352";

    @Test
    void aConversationComesBackFromABucket(@TempDir Path folder) throws Exception {
        try (TestStore store = TestStore.in(Files.createDirectory(folder.resolve("store")))) {
            ArchiveBucket bucket = store.bucket("team/");
            Map<String, String> environment = Map.of("MILLRACE_ARCHIVE_BUCKET", bucket.name(), "MILLRACE_ARCHIVE_ENDPOINT", bucket.endpoint().orElseThrow().toString(),
                    "MILLRACE_ARCHIVE_PREFIX", bucket.prefix(), "MILLRACE_ARCHIVE_ACCESS_KEY", bucket.accessKey().reveal(),
                    "MILLRACE_ARCHIVE_SECRET_KEY", bucket.secretKey().reveal(), "MILLRACE_CONVERSATIONS_ARCHIVE_AFTER", "1s",
                    "MILLRACE_CONVERSATIONS_SWEEP", "1s");
            try (MillraceServer server = MillraceServer.start(folder.resolve("data"), MillraceServer.exact(environment))) {
                Client client = new Client(server);
                ask(client, "Remember " + MARKER + ".");
                Path object = Until.is("an object in the bucket", PATIENCE, () -> objects(folder), found -> found.size() == 1).getFirst();
                assertTrue(object.toString().contains("/team/"), object.toString());
                assertFalse(new String(Files.readAllBytes(object), StandardCharsets.UTF_8).contains(MARKER), "it is sealed");

                JsonNode context = ask(client, "What did I say?").at("/millrace/context");
                assertEquals("L3", context.get("tier").asText(), context.toString());
                assertEquals(1, context.get("turns").asInt());

                assertEquals(200, client.send("DELETE", "/v1/conversations/mill", null).status());
                assertEquals(List.of(), objects(folder));
            }
        }
    }

    private static JsonNode ask(Client client, String text) {
        Client.Reply reply = client.chat(Client.endless(text, 8).put("conversation", "mill"));
        assertEquals(200, reply.status(), reply.toString());
        return reply.json();
    }

    private static List<Path> objects(Path folder) {
        try (Stream<Path> files = Files.walk(folder.resolve("store"))) {
            return files.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
