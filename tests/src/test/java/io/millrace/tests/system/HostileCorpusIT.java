package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.tests.system.Client.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Inputs that others have collected because they broke something: JSONTestSuite, the big list of naughty strings,
 * fuzzdb. They are not part of this repository: {@code -Dcorpus=FOLDER} says where they are, else they are looked for
 * in {@code ../shared/data} beside the checkout, and without them these tests are skipped.
 */
class HostileCorpusIT {

    private static final Path CORPUS = Path.of(System.getProperty("corpus",
            Path.of(System.getProperty("millrace.root", "..")).resolve("../shared/data").toString())).resolve("hostile").normalize();

    private Client client;
    private GoodStreams beside;

    @BeforeAll
    static void isThere() {
        assumeTrue(Files.isDirectory(CORPUS), CORPUS + " is not there");
    }

    @BeforeEach
    void begin() {
        client = new Client(ExactServer.shared());
        beside = GoodStreams.start(client);
    }

    @AfterEach
    void goodStreamsWereNotDisturbed() {
        if (beside != null) {
            beside.stop();
        }
    }

    /** As bodies, and as the value of a field that nobody knows, where good JSON must be let through. */
    @Test
    void jsonTestSuite() throws IOException {
        List<String> wrong = new ArrayList<>();
        Map<String, byte[]> files = unzip(CORPUS.resolve("jsontestsuite.zip"));
        files.forEach((name, bytes) -> {
            Reply whole = client.send("POST", Client.CHAT, bytes);
            if (whole.status() != 400 || !whole.json().has("error")) {
                wrong.add(name + " as the body: " + whole.status() + " " + whole.body());
            }
            Reply within = client.send("POST", Client.CHAT, within(bytes));
            boolean right = switch (name.charAt(0)) {
                case 'y' -> within.status() == 200 || within.status() == 400 && name.contains("duplicated");
                case 'n' -> within.status() == 400;
                default -> within.status() < 500;
            };
            if (!right) {
                wrong.add(name + " as a field: " + within.status() + " " + within.body());
            }
        });
        System.out.println("JSONTestSuite: " + files.size() + " files");
        assertEquals(List.of(), wrong);
    }

    @Test
    void naughtyStringsAsContent() throws IOException {
        List<String> wrong = new ArrayList<>();
        List<String> lines = Files.readAllLines(CORPUS.resolve("blns.jsonl"));
        for (String line : lines) {
            String text = Client.JSON.readTree(line).get("text").asText();
            Reply reply = client.chat(Client.greedy(text, 2));
            if (reply.status() != 200) {
                wrong.add(text + ": " + reply.status() + " " + reply.body());
            }
        }
        System.out.println("naughty strings: " + lines.size());
        assertEquals(List.of(), wrong);
    }

    /** Payloads as content, as the model's name and as the priority: no 5xx, nothing shown of the inside. */
    @Test
    void fuzzdb() throws IOException {
        List<String> wrong = new ArrayList<>();
        int count = 0;
        for (String payload : payloads()) {
            ObjectNode asModel = Client.greedy("a", 2).put("model", payload);
            for (Reply reply : List.of(client.chat(Client.greedy(payload, 2)), client.chat(asModel), client.chat(Client.greedy("a", 2).put("priority", payload)))) {
                count++;
                if (reply.status() >= 500 || reply.body().contains("Exception") || reply.body().contains("\tat ")) {
                    wrong.add(payload + ": " + reply.status() + " " + reply.body());
                }
            }
        }
        System.out.println("fuzzdb: " + count + " requests");
        assertFalse(count == 0);
        assertEquals(List.of(), wrong);
    }

    /** The first of each file: their lines are variations. */
    private static List<String> payloads() throws IOException {
        List<String> payloads = new ArrayList<>();
        try (Stream<Path> files = Files.list(CORPUS.resolve("fuzzdb"))) {
            for (Path file : files.sorted().toList()) {
                new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).lines().filter(line -> !line.isBlank()).limit(10).forEach(payloads::add);
            }
        }
        assertTrue(payloads.size() > 100);
        return payloads;
    }

    private static byte[] within(byte[] value) {
        byte[] before = "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":1,\"unknown\":".getBytes(StandardCharsets.UTF_8);
        byte[] whole = java.util.Arrays.copyOf(before, before.length + value.length + 1);
        System.arraycopy(value, 0, whole, before.length, value.length);
        whole[whole.length - 1] = '}';
        return whole;
    }

    private static Map<String, byte[]> unzip(Path file) throws IOException {
        Map<String, byte[]> entries = new TreeMap<>();
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(file))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                String name = Path.of(entry.getName()).getFileName().toString();
                if (name.matches("[yni]_.*\\.json")) {
                    entries.put(name, zip.readAllBytes());
                }
            }
        }
        return entries;
    }
}
