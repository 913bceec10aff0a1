package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.tests.MillraceServer;
import io.millrace.tests.system.Client.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is wrong with a request is said with its right status, in OpenAI's error object, at once, and beside it a good
 * stream is what it is alone.
 */
class BrokenInputIT {

    private static final Duration AT_ONCE = Duration.ofSeconds(1);
    /** The machine has other work: a case has this many attempts to be fast. */
    private static final int ATTEMPTS = 3;
    private static final MillraceServer SERVER = ExactServer.shared();
    private static final Client CLIENT = new Client(SERVER);
    private static Duration slowest = Duration.ZERO;
    private static String slowestCase;

    private GoodStreams beside;

    @BeforeEach
    void begin() {
        beside = GoodStreams.start(CLIENT);
    }

    @AfterEach
    void goodStreamsWereNotDisturbed() {
        beside.stop();
    }

    @AfterAll
    static void tell() {
        System.out.println("slowest refusal: " + slowest.toMillis() + " ms, " + slowestCase);
    }

    /** A request to the chat endpoint that is refused. */
    private record Case(String name, byte[] body, int status, String code) {

        static Case of(String name, String body, int status, String code) {
            return new Case(name, body.getBytes(StandardCharsets.UTF_8), status, code);
        }

        static Case json(String name, String body) {
            return of(name, body, 400, "invalid_json");
        }

        static Case with(String name, String content, String code) {
            return of(name, "{\"messages\":[{\"role\":\"user\",\"content\":" + content + "}],\"max_tokens\":4}", 400, code);
        }

        static Case field(String field, String value, String code) {
            return of(field + " " + (value.length() > 40 ? value.substring(0, 40) : value),
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":4,\"" + field + "\":" + value + "}", 400, code);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> broken() {
        String good = "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":4}";
        return Stream.of(
                Case.json("empty", ""),
                Case.json("blank", " \n\t"),
                Case.json("a byte order mark alone", "\ufeff"),
                Case.json("not JSON", "hello"),
                Case.json("cut short", good.substring(0, good.length() - 5)),
                Case.json("something after it", good + "x"),
                Case.json("two objects", good + good),
                Case.json("a trailing comma", good.replace("4}", "4,}")),
                Case.json("single quotes", good.replace('"', '\'')),
                Case.json("a comment", good.replace("{\"m", "{/* hi */\"m")),
                Case.json("a line break in a string", good.replace("\"a\"", "\"a\nb\"")),
                Case.json("NUL between", good.replace(",", ",\0")),
                Case.json("an array", "[" + good + "]"),
                Case.json("a string", "\"hello\""),
                Case.json("a number", "7"),
                Case.json("null", "null"),
                Case.json("100,000 brackets", "[".repeat(100_000)),
                Case.json("a field nested 100,000 deep", "{\"metadata\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}"),
                Case.json("objects nested 1,000 deep", "{\"a\":".repeat(1000) + "1" + "}".repeat(1000)),
                Case.json("a key twice", good.replace("4}", "4,\"max_tokens\":5}")),
                Case.json("a key twice, once escaped", good.replace("4}", "4,\"max\\u005ftokens\":5}")),
                Case.json("NaN", good.replace("4}", "NaN}")),
                Case.json("Infinity", good.replace("4}", "-Infinity}")),
                Case.json("a leading zero", good.replace("4}", "04}")),
                Case.json("hexadecimal", good.replace("4}", "0x4}")),
                Case.json("a number of 100,000 digits", good.replace("4}", "1".repeat(100_000) + "}")),
                Case.json("a name of 100,000 letters", "{\"" + "a".repeat(100_000) + "\":1}"),
                new Case("invalid UTF-8", bytes(good, 0xff), 400, "invalid_json"),
                new Case("an overlong slash", bytes(good, 0xc0, 0xaf), 400, "invalid_json"),
                new Case("a surrogate in UTF-8", bytes(good, 0xed, 0xa0, 0x80), 400, "invalid_json"),
                new Case("a cut UTF-8 sequence", bytes(good, 0xf0, 0x9f), 400, "invalid_json"),
                new Case("UTF-16", good.getBytes(StandardCharsets.UTF_16), 400, "invalid_json"),
                new Case("gzip", new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0}, 400, "invalid_json"),
                Case.of("10 MB", "{\"messages\":\"" + "a".repeat(10_000_000) + "\"}", 413, "request_too_large"),
                Case.of("no messages", "{}", 400, "invalid_value"),
                Case.of("empty messages", "{\"messages\":[]}", 400, "invalid_value"),
                Case.of("a message that is none", "{\"messages\":[7]}", 400, "invalid_type"),
                Case.of("a message without a role", "{\"messages\":[{\"content\":\"a\"}]}", 400, "invalid_value"),
                Case.of("a message of nobody's", "{\"messages\":[{\"role\":\"root\",\"content\":\"a\"}]}", 400, "invalid_value"),
                Case.of("100,000 messages", "{\"messages\":[" + messages(100_000) + "]}", 400, "invalid_value"),
                Case.of("1,000 messages, too long together", "{\"messages\":[" + messages(1000) + "]}", 400, "context_length_exceeded"),
                Case.with("3 MB of text", "\"" + "word ".repeat(600_000) + "\"", "context_length_exceeded"),
                Case.with("just longer than the context", "\"" + "the".repeat(Client.CONTEXT + 1) + "\"", "context_length_exceeded"),
                Case.with("half a surrogate pair", "\"\\ud800\"", "invalid_value"),
                Case.with("the other half", "\"a\\udc00b\"", "invalid_value"),
                Case.with("the halves swapped", "\"\\udc00\\ud800\"", "invalid_value"),
                Case.with("content parts of another kind", "[{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://127.0.0.1/\"}}]", "invalid_value"),
                Case.field("model", "\"gpt-\\u0000\"", "invalid_value"),
                Case.field("temperature", "-0.1", "invalid_value"),
                Case.field("temperature", "2.1", "invalid_value"),
                Case.field("temperature", "1e999", "invalid_value"),
                Case.field("temperature", "-1e999", "invalid_value"),
                Case.field("top_p", "1.5", "invalid_value"),
                Case.field("frequency_penalty", "1e300", "invalid_value"),
                Case.field("max_completion_tokens", "0", "invalid_value"),
                Case.field("max_completion_tokens", "-1", "invalid_value"),
                Case.field("max_completion_tokens", "1e999", "invalid_value"),
                Case.field("max_completion_tokens", "99999999999999999999", "invalid_value"),
                Case.field("seed", "1e999", "invalid_value"),
                Case.field("seed", "0.5", "invalid_type"),
                Case.field("n", "0", "invalid_value"),
                Case.field("n", "1000000", "invalid_value"),
                Case.field("top_logprobs", "5", "invalid_value"),
                Case.field("logit_bias", "{\"1\":1e999}", "invalid_value"),
                Case.field("logit_bias", "{\"x\":1}", "invalid_value"),
                Case.field("logit_bias", "{\"512\":1}", "invalid_value"),
                Case.field("logit_bias", "{\"99999999999\":1}", "invalid_value"),
                Case.field("stop", "\"\"", "invalid_value"),
                Case.field("stop", "[\"a\",\"\"]", "invalid_value"),
                Case.field("stop", "[" + "\"a\",".repeat(16) + "\"a\"]", "invalid_value"),
                Case.field("priority", "\"P9\"", "invalid_value"),
                Case.field("grammar", "\"root ::= \\\"a\"", "invalid_value"),
                Case.field("grammar", "\"root ::= root\"", "invalid_value"),
                Case.field("response_format", "{\"type\":\"xml\"}", "invalid_value"));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void isRefusedInTheApisWords(Case request) {
        assertRefused(request.name, request.status, request.code, () -> CLIENT.send("POST", Client.CHAT, request.body));
    }

    @Test
    void anUnknownModelIsNotFound() {
        assertRefused("unknown model", 404, "model_not_found", () -> CLIENT.chat(Client.greedy("a", 4).put("model", "gpt-9")));
    }

    /** Each field with each kind of value that it doesn't take. */
    @Test
    void aFieldOfTheWrongTypeIsNamed() {
        Map<String, String> values = Map.of("boolean", "true", "integer", "3", "number", "0.5", "string", "\"x\"", "array", "[[]]",
                "object", "{\"x\":1}");
        List<String> wrong = new ArrayList<>();
        fields().forEach((field, taken) -> values.forEach((kind, value) -> {
            if (taken.contains(kind)) {
                return;
            }
            String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":4,\"stream\":false,\"" + field + "\":" + value + "}";
            if (field.startsWith("messages.")) {
                String name = field.substring(9);
                String role = name.equals("role") ? "" : "\"role\":\"assistant\",";
                String content = name.equals("content") ? "" : ",\"content\":\"a\"";
                body = "{\"messages\":[{" + role + "\"" + name + "\":" + value + content + "}],\"max_tokens\":4}";
            } else if (Set.of("messages", "max_tokens", "stream").contains(field)) {
                body = field.equals("messages") ? "{\"messages\":" + value + "}"
                        : "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"" + field + "\":" + value + "}";
            }
            Reply reply = CLIENT.send("POST", Client.CHAT, body.getBytes(StandardCharsets.UTF_8));
            String param = reply.status() == 200 ? "" : reply.json().at("/error/param").asText();
            String last = field.substring(field.indexOf('.') + 1);
            if (reply.status() != 400 || !(param.startsWith(last) || param.endsWith("." + last))) {
                wrong.add(field + " as " + kind + ": " + reply.status() + (reply.status() == 200 ? "" : " " + reply.body()));
            }
        }));
        assertEquals(List.of(), wrong);
    }

    private static Map<String, Set<String>> fields() {
        Set<String> integer = Set.of("integer");
        Set<String> number = Set.of("integer", "number");
        Map<String, Set<String>> fields = new java.util.TreeMap<>();
        List.of("max_tokens", "max_completion_tokens", "top_k", "seed", "n").forEach(name -> fields.put(name, integer));
        List.of("temperature", "top_p", "min_p", "repetition_penalty", "frequency_penalty", "presence_penalty")
                .forEach(name -> fields.put(name, number));
        List.of("stream", "logprobs", "messages.prefix").forEach(name -> fields.put(name, Set.of("boolean")));
        List.of("model", "messages.role", "messages.name", "user", "user_id", "priority", "service_tier", "grammar")
                .forEach(name -> fields.put(name, Set.of("string")));
        List.of("stream_options", "logit_bias", "response_format").forEach(name -> fields.put(name, Set.of("object")));
        List.of("messages", "tools", "functions").forEach(name -> fields.put(name, Set.of("array")));
        fields.put("messages.content", Set.of("string", "array"));
        fields.put("stop", Set.of("string", "array"));
        fields.put("tool_choice", Set.of("string", "object"));
        return fields;
    }

    @Test
    void nullIsNoValue() {
        ObjectNode body = Client.greedy("a", 4);
        fields().keySet().stream().filter(name -> !name.contains(".") && !body.has(name)).forEach(body::putNull);
        assertEquals(200, CLIENT.chat(body).status());
    }

    @Test
    void nulIsReadAsWhatCantBeRead() {
        Reply reply = CLIENT.chat(Client.greedy("a\0b", 8));
        assertEquals(200, reply.status());
        assertEquals(CLIENT.chat(Client.greedy("a\ufffdb", 8)).text(), reply.text());
    }

    @Test
    void wrongMethodsPathsTypesAndKeys() {
        byte[] good = Client.greedy("a", 4).toString().getBytes(StandardCharsets.UTF_8);
        assertAll(
                () -> assertRefused("GET", 405, "method_not_allowed", () -> CLIENT.get(Client.CHAT)),
                () -> assertRefused("PUT", 405, "method_not_allowed", () -> CLIENT.send("PUT", Client.CHAT, good)),
                () -> assertRefused("DELETE", 405, "method_not_allowed", () -> CLIENT.send("DELETE", Client.CHAT, null)),
                () -> assertRefused("nothing there", 404, "not_found", () -> CLIENT.get("/v1/nothing")),
                () -> assertRefused("a dot too many", 404, "not_found", () -> CLIENT.send("POST", Client.CHAT + "/..;/", good)),
                () -> assertRefused("no key", 401, "invalid_api_key", () -> new Client(SERVER.address(), null).chat(Client.greedy("a", 4))),
                () -> assertRefused("a wrong key", 401, "invalid_api_key", () -> new Client(SERVER.address(), "sk-wrong").chat(Client.greedy("a", 4))),
                () -> assertRefused("a key of 5,000 letters", 401, "invalid_api_key",
                        () -> new Client(SERVER.address(), "x".repeat(5000)).chat(Client.greedy("a", 4))),
                () -> assertRefused("SQL for a key", 401, "invalid_api_key",
                        () -> new Client(SERVER.address(), "' or 1=1 --").chat(Client.greedy("a", 4))),
                () -> assertRefused("a client as operator", 403, "permission_denied", () -> CLIENT.get("/admin/keys")),
                () -> assertRefused("an operator as client", 403, "permission_denied",
                        () -> new Client(SERVER.address(), SERVER.operatorToken()).chat(Client.greedy("a", 4))));
    }

    /** What only a bare connection can send; the second element is the status that it must get, 0: a 4xx or the end. */
    @Test
    void garbageInTheHead() throws IOException {
        String good = Client.greedy("a", 4).toString();
        String auth = "Authorization: Bearer " + SERVER.key() + "\r\n";
        Map<String, Integer> heads = new java.util.LinkedHashMap<>();
        heads.put("\0\1\2\3garbage\r\n\r\n", 0);
        heads.put("\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003\r\n\r\n", 0);
        heads.put("GET\r\n\r\n", 0);
        heads.put("POST " + Client.CHAT + " HTTP/9.9\r\nHost: a\r\n\r\n", 505);
        heads.put("POST " + Client.CHAT + " HTTP/1.1\r\n\r\n", 0);
        for (String path : List.of("/v1/%c0%af", "/v1/%00", "/v1/../admin/keys", "/v1/%2e%2e/admin/keys", "//admin/keys",
                "/v1//chat/completions/%0d%0aX:1", "/v1/models/%ff%fe", "*", "http://elsewhere.invalid/")) {
            heads.put("GET " + path + " HTTP/1.1\r\nHost: a\r\n" + auth + "\r\n", 0);
        }
        heads.put("POST /v1/" + "a".repeat(100_000) + " HTTP/1.1\r\nHost: a\r\n\r\n", 0);
        heads.put(Wire.head(SERVER, "X: " + "a".repeat(100_000) + "\r\n"), 0);
        heads.put(Wire.head(SERVER, "X: a\r\n".repeat(10_000)), 0);
        heads.put(Wire.head(SERVER, "Content-Length: -5\r\n") + good, 0);
        heads.put(Wire.head(SERVER, "Content-Length: many\r\n") + good, 0);
        heads.put(Wire.head(SERVER, "Content-Length: 99999999999999999999\r\n") + good, 0);
        heads.put(Wire.head(SERVER, "Content-Length: 9999999999\r\n") + good, 413);
        heads.put(Wire.head(SERVER, "Content-Length: 5\r\nContent-Length: 6\r\n") + good, 0);
        heads.put(Wire.head(SERVER, "Transfer-Encoding: chunked\r\n") + "zz\r\n" + good, 0);
        heads.put(Wire.head(SERVER, "Transfer-Encoding: chunked\r\n") + "ffffffffffffffff\r\n" + good, 0);
        heads.put(Wire.head(SERVER, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n", 0);
        heads.put(Wire.chat(SERVER, good).replace("application/json", "text/plain"), 415);
        heads.put(Wire.chat(SERVER, good).replace("application/json", "application/json; charset=\0"), 0);
        heads.put(Wire.chat(SERVER, good).replace("Content-Type", "Accept: image/png\r\nContent-Type"), 406);
        heads.put(Wire.chat(SERVER, good).replace("Bearer", "Basic"), 401);
        heads.put(Wire.chat(SERVER, good).replace("Bearer ", "Bearer \u00e9\u0001"), 0);
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<String, Integer> head : heads.entrySet()) {
            String answer = answerTo(head.getKey().getBytes(StandardCharsets.ISO_8859_1));
            String shown = head.getKey().replace(auth, "").replaceAll("Bearer [^\r]*", "KEY").replaceAll("(.)\\1{20,}", "$1…");
            int status = answer.startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : 0;
            boolean right = head.getValue() == 0 ? status == 0 && answer.isEmpty() || status >= 400 && status < 500 : status == head.getValue();
            if (!right || traced(answer)) {
                wrong.add(shown.substring(0, Math.min(300, shown.length())) + "\n => " + answer);
            }
        }
        assertEquals(List.of(), wrong);
    }

    /** Payara answers these before any application has them, with an empty 200. */
    @Test
    void aBrokenEscapeInThePathReachesNothing() throws IOException {
        for (String path : List.of("/v1/%zz", "/%", "/admin/keys%", "/v1/models%2")) {
            String answer = answerTo(("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            assertTrue(answer.startsWith("HTTP/1.1 4") || answer.contains("Content-Length: 0\r\n"), path + " => " + answer);
        }
    }

    @Test
    void aBodyOfNoTypeIsReadAsJson() throws IOException {
        try (Wire wire = Wire.to(SERVER)) {
            wire.send(Wire.chat(SERVER, Client.greedy("a", 4)).replace("Content-Type: application/json\r\n", ""));
            assertTrue(wire.await("\r\n\r\n").startsWith("HTTP/1.1 200 "));
        }
    }

    @Test
    void aChunkedBodyOfTenMegabytesIsRefusedWhileItComes() throws IOException {
        try (Wire wire = Wire.to(SERVER)) {
            wire.send(Wire.head(SERVER, "Transfer-Encoding: chunked\r\n"));
            String chunk = "10000\r\n" + "a".repeat(65_536) + "\r\n";
            try {
                for (int i = 0; i < 160; i++) {
                    wire.send(chunk);
                }
                wire.send("0\r\n\r\n");
            } catch (IOException e) {
                // the server has heard enough and closed
            }
            String answer = wire.readAll();
            assertTrue(answer.startsWith("HTTP/1.1 413 "), answer);
            assertTrue(answer.contains("request_too_large"), answer);
        }
    }

    @Test
    void bodiesThatTrickleInHoldUpNobody() throws Exception {
        String chat = Wire.chat(SERVER, Client.greedy("slow", 4));
        List<Wire> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                // half of them stay within the head
                slow.add(Wire.to(SERVER).send(chat.substring(0, i % 2 == 0 ? 40 : chat.length() - 20)));
            }
            for (int round = 0; round < 20; round++) {
                Reply reply = CLIENT.chat(Client.greedy("beside", 4));
                assertEquals(200, reply.status());
                int at = chat.length() - 20 + round;
                for (int i = 1; i < slow.size(); i += 2) {
                    slow.get(i).send(chat.substring(at, at + 1));
                }
            }
            for (int i = 1; i < slow.size(); i += 2) {
                slow.get(i).await("HTTP/1.1 200");
            }
        } finally {
            for (Wire wire : slow) {
                wire.close();
            }
        }
        beside.stop();
        Until.is("nothing is left", Duration.ofSeconds(10), () -> Gauges.of(SERVER), Gauges::idle);
    }

    private static String answerTo(byte[] bytes) throws IOException {
        try (Wire wire = Wire.to(SERVER)) {
            wire.send(bytes);
            wire.finish();
            return wire.readAll();
        } catch (java.net.SocketException e) {
            return "";
        }
    }

    /** One request, possibly again. */
    private interface Sending {
        Reply send();
    }

    private static void assertRefused(String name, int status, String code, Sending sending) {
        Duration fastest = Duration.ofDays(1);
        for (int attempt = 0; attempt < ATTEMPTS && fastest.compareTo(AT_ONCE) > 0; attempt++) {
            Reply reply = sending.send();
            assertEquals(status, reply.status(), name + ": " + reply.body());
            JsonNode error = reply.json().get("error");
            assertEquals(code, error.get("code").asText(), name + ": " + reply.body());
            assertTrue(error.get("message").asText().length() > 5, reply.body());
            assertTrue(error.has("type") && error.has("param"), reply.body());
            assertFalse(traced(reply.body()), reply.body());
            fastest = fastest.compareTo(reply.took()) < 0 ? fastest : reply.took();
        }
        if (fastest.compareTo(slowest) > 0) {
            slowest = fastest;
            slowestCase = name;
        }
        assertTrue(fastest.compareTo(AT_ONCE) <= 0, name + " took " + fastest);
    }

    /** Whether an answer shows what is inside the server. */
    private static boolean traced(String answer) {
        return answer.contains("Exception") || answer.contains("\tat ") || answer.contains("Payara") || answer.contains("Grizzly");
    }

    private static String messages(int count) {
        String message = "{\"role\":\"user\",\"content\":\"hm\"},";
        return message.repeat(count).substring(0, message.length() * count - 1);
    }

    /** {@code good} with other bytes for its {@code a}. */
    private static byte[] bytes(String good, int... instead) {
        StringBuilder latin = new StringBuilder();
        for (int value : instead) {
            latin.append((char) value);
        }
        return good.replace("\"a\"", "\"" + latin + "\"").getBytes(StandardCharsets.ISO_8859_1);
    }
}
