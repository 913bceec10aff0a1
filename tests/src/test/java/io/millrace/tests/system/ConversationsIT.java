package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.tests.MillraceServer;
import io.millrace.tests.system.Client.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients are promised of conversations and of responses, on a running server. */
class ConversationsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String CONVERSATIONS = "/v1/conversations";
    private static final String RESPONSES = "/v1/responses";
    private static final String MARKER = "Mühlbachmarke-7351";
    private static final int SHORT = 8;

    @TempDir
    static Path folder;
    private static MillraceServer server;

    @BeforeAll
    static void start() {
        server = MillraceServer.start(folder.resolve("data"), MillraceServer.exact(Map.of()));
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void aConversationRemembersIsShownPageByPageAndGoesForGood() {
        Client client = new Client(server);
        ObjectNode body = Client.JSON.createObjectNode();
        body.putObject("metadata").put("topic", "mills");
        ArrayNode items = body.putArray("items");
        message(items, "system", "Be kind.");
        message(items, "user", "I have a mill.");
        message(items, "assistant", "How nice.");
        JsonNode made = ok(client.json("POST", CONVERSATIONS, body));
        String path = CONVERSATIONS + "/" + made.get("id").asText();
        assertEquals("conversation", made.get("object").asText());
        assertEquals(made, ok(client.get(path)));

        JsonNode answer = ok(client.chat(chat(made.get("id").asText(), "What do I have?")));
        assertEquals("L1", answer.at("/millrace/context/tier").asText());
        assertEquals(1, answer.at("/millrace/context/turns").asInt());
        ObjectNode more = Client.JSON.createObjectNode();
        message(more.putArray("items"), "user", "One more.");
        JsonNode added = ok(client.json("POST", path + "/items", more));

        List<JsonNode> all = new ArrayList<>();
        String after = "";
        JsonNode page;
        do {
            page = ok(client.get(path + "/items?order=asc&limit=2" + after));
            page.get("data").forEach(all::add);
            after = "&after=" + page.get("last_id").asText();
        } while (page.get("has_more").asBoolean());
        assertEquals(List.of("Be kind.", "I have a mill.", "How nice.", "What do I have?", text(answer), "One more."),
                all.stream().map(item -> item.at("/content/0/text").asText()).toList());
        assertEquals(added.at("/data/0"), all.getLast());
        assertEquals("output_text", all.get(4).at("/content/0/type").asText());
        assertEquals(all.getLast(), ok(client.get(path + "/items")).at("/data/0"), "the newest first");
        assertEquals(all.get(1), ok(client.get(path + "/items/" + all.get(1).get("id").asText())));
        assertEquals(400, client.get(path + "/items?limit=0").status());

        ObjectNode metadata = Client.JSON.createObjectNode();
        metadata.putObject("metadata").put("topic", "water");
        assertEquals("water", ok(client.json("POST", path, metadata)).at("/metadata/topic").asText());
        assertEquals("water", ok(client.get(path)).at("/metadata/topic").asText());

        String gone = path + "/items/" + all.get(1).get("id").asText();
        assertEquals(made.get("id"), ok(client.send("DELETE", gone, null)).get("id"));
        assertEquals("item_not_found", client.get(gone).code());
        assertEquals("item_not_found", client.send("DELETE", gone, null).code());
        assertEquals(5, ok(client.get(path + "/items")).get("data").size());

        assertTrue(ok(client.send("DELETE", path, null)).get("deleted").asBoolean());
        assertNothingThere(client, path);
        assertEquals("conversation_not_found", client.chat(chat(made.get("id").asText(), "Still there?")).code());
    }

    @Test
    void anotherKeyFindsNothing() {
        Client client = new Client(server);
        ok(client.chat(chat("mine", "Hello.")));
        String id = ok(client.json("POST", RESPONSES, response("Hello."))).get("id").asText();
        Client operator = new Client(server.address(), server.operatorToken());
        Client other = new Client(server.address(), operator.send("POST", "/admin/keys", "{\"name\":\"other\"}".getBytes(StandardCharsets.UTF_8))
                .json().get("secret").asText());

        assertNothingThere(other, CONVERSATIONS + "/mine");
        assertNoResponse(other, id);
        assertEquals(0, ok(other.chat(chat("mine", "Hello."))).at("/millrace/context/turns").asInt(), "a name is each key's own");
        assertEquals(2, ok(client.get(CONVERSATIONS + "/mine/items")).get("data").size());
        ok(client.get(RESPONSES + "/" + id));
    }

    @Test
    void aClientThatSendsItsWholeHistoryIsNotStoredTwice() {
        Client client = new Client(server);
        JsonNode first = ok(client.chat(chat("whole", "One.")));
        ObjectNode second = chat("whole", "One.");
        ((ArrayNode) second.get("messages")).addObject().put("role", "assistant").put("content", text(first));
        ((ArrayNode) second.get("messages")).addObject().put("role", "user").put("content", "Two.");
        JsonNode answer = ok(client.chat(second));

        List<String> kept = new ArrayList<>();
        ok(client.get(CONVERSATIONS + "/whole/items?order=asc")).get("data").forEach(item -> kept.add(item.at("/content/0/text").asText()));
        assertEquals(List.of("One.", text(first), "Two.", text(answer)), kept);
    }

    @Test
    void twoAtOnceAreAnsweredInTurnAndWhoDoesNotWaitIsRefused() throws Exception {
        Client client = new Client(server);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Until.is("nothing runs", PATIENCE, () -> Gauges.of(server), Gauges::idle);
            Future<Reply> first = clients.submit(() -> client.chat(Client.endless("A long story.", 1500).put("conversation", "busy")));
            Until.is("the first runs", PATIENCE, () -> Gauges.of(server), gauges -> gauges.running() == 1);
            Reply refused = client.json("POST", Client.CHAT, chat("busy", "Me too."), "X-Conversation-Busy", "refuse");
            assertFalse(first.isDone(), "the first was over too early to be in the way");
            assertEquals(409, refused.status(), refused.body());
            assertEquals("conversation_busy", refused.code());
            JsonNode second = ok(client.chat(chat("busy", "And I?")));
            assertTrue(first.isDone(), "the second was answered before the first");
            assertEquals("L1", second.at("/millrace/context/tier").asText(), "the first was kept before the second began");
            List<String> asked = new ArrayList<>();
            ok(client.get(CONVERSATIONS + "/busy/items?order=asc")).get("data").forEach(item -> asked.add(item.at("/content/0/text").asText()));
            assertEquals(List.of("A long story.", text(first.get().json()), "And I?", text(second)), asked);
        }
    }

    @Test
    void survivesKillNineAndADeletedOneLeavesNoTrace() throws Exception {
        Client client = new Client(server);
        ok(client.chat(chat("lasting", MARKER)));
        JsonNode stored = ok(client.json("POST", RESPONSES, response(MARKER)));
        server.kill();
        server = MillraceServer.start(folder.resolve("data"), MillraceServer.exact(Map.of()));
        Client again = new Client(server);

        JsonNode answer = ok(again.chat(chat("lasting", "Go on.")));
        assertEquals("L2", answer.at("/millrace/context/tier").asText());
        assertTrue(answer.at("/millrace/context/turns").asInt() >= 1, answer.toString());
        assertEquals(stored, ok(again.get(RESPONSES + "/" + stored.get("id").asText())));
        assertTrue(ok(again.get(CONVERSATIONS + "/lasting/items")).toString().contains(MARKER));
        ok(again.send("DELETE", CONVERSATIONS + "/lasting", null));
        ok(again.send("DELETE", RESPONSES + "/" + stored.get("id").asText(), null));
        assertNothingThere(again, CONVERSATIONS + "/lasting");
        assertEquals(List.of(), filesWith(MARKER));
    }

    @Test
    void exportsAllThatWasSaid() {
        Client client = new Client(server);
        JsonNode answer = ok(client.chat(chat("exported:1", "```\n# 水車 <b>")));
        Reply markdown = client.get(CONVERSATIONS + "/exported:1/export?format=markdown");
        assertEquals(200, markdown.status());
        assertEquals("text/markdown;charset=utf-8", markdown.header("Content-Type").replace(" ", "").toLowerCase(java.util.Locale.ROOT));
        assertEquals("attachment; filename=\"conversation-exported-1.md\"", markdown.header("Content-Disposition"));
        assertTrue(markdown.body().contains("````text\n```\n# 水車 <b>\n````\n"), markdown.body());
        JsonNode json = ok(client.get(CONVERSATIONS + "/exported:1/export"));
        assertEquals(text(answer), json.at("/items/1/content/0/text").asText());
        assertEquals("invalid_value", client.get(CONVERSATIONS + "/exported:1/export?format=pdf").code());
    }

    @Test
    void responsesGoOnFromAnyOneOfThem() {
        Client client = new Client(server);
        JsonNode first = ok(client.json("POST", RESPONSES, response("First.").put("instructions", "Be kind.")));
        assertEquals("response", first.get("object").asText());
        assertEquals("incomplete", first.get("status").asText());
        assertEquals("NEW", first.at("/millrace/context/tier").asText());
        assertTrue(first.get("conversation").isNull());
        assertEquals(first, ok(client.get(RESPONSES + "/" + first.get("id").asText())));

        JsonNode second = ok(client.json("POST", RESPONSES, after(first, "Second.")));
        JsonNode other = ok(client.json("POST", RESPONSES, after(first, "Other.")));
        assertEquals(1, second.at("/millrace/context/turns").asInt());
        assertEquals(1, other.at("/millrace/context/turns").asInt());
        assertEquals(second.at("/millrace/context/conversation"), first.at("/millrace/context/conversation"));
        assertFalse(other.at("/millrace/context/conversation").equals(first.at("/millrace/context/conversation")));
        assertEquals("Other.", ok(client.get(RESPONSES + "/" + other.get("id").asText() + "/input_items")).at("/data/0/content/0/text").asText());
        assertEquals(400, client.send("POST", RESPONSES + "/" + first.get("id").asText() + "/cancel", null).status());
        assertEquals("unsupported_parameter", client.get(RESPONSES + "/" + first.get("id").asText() + "?stream=true").code());

        String hidden = CONVERSATIONS + "/" + other.at("/millrace/context/conversation").asText();
        ok(client.get(hidden));
        ok(client.send("DELETE", RESPONSES + "/" + other.get("id").asText(), null));
        assertNoResponse(client, other.get("id").asText());
        assertEquals("conversation_not_found", client.get(hidden).code());
        assertEquals("previous_response_not_found", client.json("POST", RESPONSES, after(other, "Again.")).code());
        ok(client.send("DELETE", CONVERSATIONS + "/" + first.at("/millrace/context/conversation").asText(), null));
        assertNoResponse(client, first.get("id").asText());
        assertNoResponse(client, second.get("id").asText());
    }

    @Test
    void aResponseIsATurnOfTheConversationThatIsNamedUnlessItIsNotStored() {
        Client client = new Client(server);
        JsonNode kept = ok(client.json("POST", RESPONSES, response("Kept.").put("conversation", "turns")));
        ObjectNode unstored = response("Not kept.").put("store", false);
        unstored.putObject("conversation").put("id", "turns");
        JsonNode notKept = ok(client.json("POST", RESPONSES, unstored));

        assertEquals("turns", kept.at("/conversation/id").asText());
        assertEquals(1, notKept.at("/millrace/context/turns").asInt());
        assertNoResponse(client, notKept.get("id").asText());
        JsonNode items = ok(client.get(CONVERSATIONS + "/turns/items?order=asc")).get("data");
        assertEquals(2, items.size());
        assertEquals(kept.at("/output/0/id"), items.get(1).get("id"));
        JsonNode alone = ok(client.json("POST", RESPONSES, response("Alone.").put("store", false)));
        assertNull(alone.get("millrace"));
        assertNoResponse(client, alone.get("id").asText());
    }

    @Test
    void boundsAndErrorsAreThoseOfAllEndpoints() {
        Client client = new Client(server);
        Client stranger = new Client(server.address(), "mr-wrong");
        byte[] large = ("{\"input\":\"" + "a".repeat(5 << 20) + "\"}").getBytes(StandardCharsets.UTF_8);
        for (String path : List.of(CONVERSATIONS, RESPONSES)) {
            assertEquals("request_too_large", client.send("POST", path, large).code(), path);
            assertEquals("invalid_json", client.send("POST", path, "{".getBytes(StandardCharsets.UTF_8)).code(), path);
            assertEquals(401, stranger.json("POST", path, response("x")).status(), path);
            assertEquals("method_not_allowed", client.send("PUT", path, "{}".getBytes(StandardCharsets.UTF_8)).code(), path);
        }
        assertEquals("method_not_allowed", client.get(RESPONSES).code());
        assertEquals("model_not_found", client.json("POST", RESPONSES, response("x").put("model", "none")).code());
        assertEquals("conversation_not_found", client.json("POST", RESPONSES, response("x").put("conversation", "conv_none")).code());
        Reply answered = client.json("POST", RESPONSES, response("Hello."));
        assertEquals(RESPONSES, AuditTable.endpoints(server).get(answered.header("X-Request-Id")));
        assertEquals("resp_" + answered.header("X-Request-Id").replace("-", ""), answered.json().get("id").asText());
        JsonNode described = ok(new Client(server.address(), null).get("/openapi?format=JSON"));
        for (String path : List.of(CONVERSATIONS, CONVERSATIONS + "/{id}", CONVERSATIONS + "/{id}/items", CONVERSATIONS + "/{id}/items/{item}",
                CONVERSATIONS + "/{id}/export", RESPONSES, RESPONSES + "/{id}", RESPONSES + "/{id}/cancel", RESPONSES + "/{id}/input_items")) {
            assertTrue(described.get("paths").has(path), path + " is not described: " + described.get("paths").properties());
        }
    }

    private static JsonNode ok(Reply reply) {
        assertEquals(200, reply.status(), reply.body());
        return reply.json();
    }

    private static String text(JsonNode answer) {
        return answer.at("/choices/0/message/content").asText();
    }

    private static void message(ArrayNode items, String role, String text) {
        items.addObject().put("type", "message").put("role", role).put("content", text);
    }

    private static ObjectNode chat(String conversation, String text) {
        return Client.endless(text, SHORT).put("conversation", conversation);
    }

    private static ObjectNode response(String input) {
        ObjectNode body = Client.endless(input, SHORT);
        body.remove(List.of("messages", "max_tokens"));
        return body.put("input", input).put("max_output_tokens", SHORT);
    }

    private static ObjectNode after(JsonNode previous, String input) {
        return response(input).put("previous_response_id", previous.get("id").asText());
    }

    private static void assertNothingThere(Client client, String path) {
        ObjectNode metadata = Client.JSON.createObjectNode();
        metadata.putObject("metadata");
        ObjectNode items = Client.JSON.createObjectNode();
        message(items.putArray("items"), "user", "x");
        for (Reply reply : List.of(client.get(path), client.json("POST", path, metadata), client.send("DELETE", path, null),
                client.get(path + "/items"), client.json("POST", path + "/items", items), client.get(path + "/items/msg_1"),
                client.send("DELETE", path + "/items/msg_1", null), client.get(path + "/export"))) {
            assertEquals(404, reply.status(), reply.body());
            assertEquals("conversation_not_found", reply.code());
        }
    }

    private static void assertNoResponse(Client client, String id) {
        String path = RESPONSES + "/" + id;
        for (Reply reply : List.of(client.get(path), client.send("DELETE", path, null), client.get(path + "/input_items"),
                client.send("POST", path + "/cancel", null))) {
            assertEquals(404, reply.status(), reply.body());
            assertEquals("response_not_found", reply.code());
        }
    }

    private static List<Path> filesWith(String marker) throws IOException {
        String bytes = new String(marker.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        List<Path> found = new ArrayList<>();
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder.resolve("data"))) {
            files = all.filter(Files::isRegularFile).toList();
        }
        assertTrue(files.stream().anyMatch(file -> file.toString().contains("conversations")), "nothing is kept where it is looked for");
        for (Path file : files) {
            if (Files.isReadable(file) && Files.readString(file, StandardCharsets.ISO_8859_1).contains(bytes)) {
                found.add(file);
            }
        }
        return found;
    }
}
