package io.millrace.tests.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The answers byte for byte: the fields that OpenAI's and DeepSeek's references name, no other, and the framing. */
class WireIT {

    private static final String CHAT = "/v1/chat/completions";
    private static final String COMPLETIONS = "/v1/completions";
    private static final MillraceServer SERVER = MillraceServer.shared();
    private static final Http HTTP = new Http(SERVER, SERVER.key());

    @Test
    void aChatHasTheFieldsOfTheReference() throws Exception {
        HttpResponse<String> response = HTTP.post(CHAT, Http.chat("Tell me a story."));
        JsonNode answer = whole(response, "chat.completion");
        JsonNode choice = answer.at("/choices/0");
        assertFields(choice, "index", "message", "logprobs", "finish_reason");
        assertFields(choice.get("message"), "role", "content", "refusal");
        assertEquals("assistant", choice.at("/message/role").asText());
        assertTrue(choice.at("/message/content").isTextual() && choice.at("/message/refusal").isNull(), response.body());
    }

    @Test
    void aTextCompletionHasTheFieldsOfTheReference() throws Exception {
        HttpResponse<String> response = HTTP.post(COMPLETIONS, Http.completion("Once upon a time"));
        JsonNode choice = whole(response, "text_completion").at("/choices/0");
        assertFields(choice, "index", "text", "logprobs", "finish_reason");
        assertTrue(choice.get("text").isTextual() && choice.get("logprobs").isNull(), response.body());
    }

    private static JsonNode whole(HttpResponse<String> response, String object) throws IOException {
        assertHead(response, "application/json");
        JsonNode answer = Http.json(response);
        assertFields(answer, "id", "object", "created", "model", "system_fingerprint", "choices", "usage");
        assertEnvelope(answer, response, object);
        assertEquals(1, answer.get("choices").size());
        assertEquals(0, answer.at("/choices/0/index").asInt(-1));
        assertTrue(Set.of("stop", "length").contains(answer.at("/choices/0/finish_reason").asText()), response.body());
        assertUsage(answer.get("usage"));
        return answer;
    }

    @Test
    void aChatStreamOpensWithTheRoleAndClosesWithTheReason() throws Exception {
        List<JsonNode> chunks = stream(CHAT, Http.chat("Tell me a story."), "chat.completion.chunk");
        StringBuilder text = new StringBuilder();
        for (JsonNode chunk : chunks) {
            assertFields(chunk, "id", "object", "created", "model", "system_fingerprint", "choices");
            JsonNode choice = chunk.at("/choices/0");
            assertFields(choice, "index", "delta", "logprobs", "finish_reason");
            assertEquals(chunk == chunks.getLast(), !choice.get("finish_reason").isNull(), "the last chunk alone has the reason");
            text.append(choice.at("/delta/content").asText());
        }
        assertEquals("{\"role\":\"assistant\",\"content\":\"\"}", chunks.getFirst().at("/choices/0/delta").toString());
        assertEquals("{}", chunks.getLast().at("/choices/0/delta").toString());
        chunks.subList(1, chunks.size() - 1).forEach(chunk -> assertFields(chunk.at("/choices/0/delta"), "content"));
        assertEquals(Http.json(HTTP.post(CHAT, Http.chat("Tell me a story."))).at("/choices/0/message/content").asText(), text.toString());
    }

    @Test
    void aTextCompletionStreamSaysWhatTheWholeAnswerSays() throws Exception {
        List<JsonNode> chunks = stream(COMPLETIONS, Http.completion("Once upon a time").put("echo", true), "text_completion");
        StringBuilder text = new StringBuilder();
        for (JsonNode chunk : chunks) {
            JsonNode choice = chunk.at("/choices/0");
            assertFields(choice, "index", "text", "logprobs", "finish_reason");
            assertEquals(chunk == chunks.getLast(), !choice.get("finish_reason").isNull(), "the last chunk alone has the reason");
            text.append(choice.get("text").asText());
        }
        assertTrue(text.toString().startsWith("Once upon a time"), text.toString());
        assertEquals(Http.json(HTTP.post(COMPLETIONS, Http.completion("Once upon a time").put("echo", true))).at("/choices/0/text").asText(),
                text.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {CHAT, COMPLETIONS})
    void usageComesInAChunkOfItsOwnWhereItIsAskedFor(String path) throws Exception {
        ObjectNode question = path.equals(CHAT) ? Http.chat("Count.") : Http.completion("Count.");
        Http.json(HTTP.post(path, question));
        JsonNode whole = Http.json(HTTP.post(path, question)).get("usage");
        boolean longEnough = path.equals(CHAT);
        assertEquals(longEnough, whole.at("/prompt_tokens_details/cached_tokens").asInt() > 0, "the same prompt was just there: " + whole);
        question.putObject("stream_options").put("include_usage", true);
        List<JsonNode> chunks = stream(path, question, path.equals(CHAT) ? "chat.completion.chunk" : "text_completion");
        JsonNode last = chunks.removeLast();
        assertEquals("[]", last.get("choices").toString());
        assertEquals(whole, last.get("usage"));
        assertUsage(last.get("usage"));
        chunks.forEach(chunk -> {
            assertTrue(chunk.has("usage") && chunk.get("usage").isNull(), "null until the last: " + chunk);
            assertEquals(1, chunk.get("choices").size());
        });
    }

    @Test
    void eachChoiceOfAStreamHasItsOwnOpeningAndEnd() throws Exception {
        List<JsonNode> chunks = stream(CHAT, Http.chat("Roll a die.").put("temperature", 1).put("seed", 7).put("n", 3), "chat.completion.chunk");
        for (int index = 0; index < 3; index++) {
            int wanted = index;
            List<JsonNode> own = chunks.stream().map(chunk -> chunk.at("/choices/0")).filter(choice -> choice.get("index").asInt() == wanted).toList();
            assertEquals("assistant", own.getFirst().at("/delta/role").asText());
            assertFalse(own.getLast().get("finish_reason").isNull());
            assertEquals(1, own.stream().filter(choice -> choice.at("/delta").has("role")).count());
            assertEquals(1, own.stream().filter(choice -> !choice.get("finish_reason").isNull()).count());
        }
    }

    @Test
    void aStreamHasTheLogProbabilitiesOfTheWholeAnswer() throws Exception {
        ObjectNode question = Http.chat("How sure?").put("logprobs", true).put("top_logprobs", 2);
        JsonNode whole = Http.json(HTTP.post(CHAT, question));
        List<JsonNode> tokens = new ArrayList<>();
        stream(CHAT, question, "chat.completion.chunk").forEach(chunk -> chunk.at("/choices/0/logprobs/content").forEach(tokens::add));
        assertEquals(whole.at("/usage/completion_tokens").asInt(), tokens.size());
        assertEquals(texts(whole.at("/choices/0/logprobs/content")), texts(tokens));
        tokens.forEach(token -> {
            assertFields(token, "token", "logprob", "bytes", "top_logprobs");
            assertEquals(2, token.get("top_logprobs").size());
            token.get("top_logprobs").forEach(other -> assertFields(other, "token", "logprob", "bytes"));
        });
    }

    @Test
    void theArraysOfATextCompletionsLogProbabilitiesAreParallel() throws Exception {
        JsonNode answer = Http.json(HTTP.post(COMPLETIONS, Http.completion("Once").put("logprobs", 2)));
        JsonNode logprobs = answer.at("/choices/0/logprobs");
        assertFields(logprobs, "tokens", "token_logprobs", "top_logprobs", "text_offset");
        logprobs.forEach(array -> assertEquals(answer.at("/usage/completion_tokens").asInt(), array.size()));
        assertEquals(0, logprobs.at("/text_offset/0").asInt(-1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1", "", "/beta"})
    void eachPathAnswersWithAndWithoutAVersion(String version) throws Exception {
        JsonNode models = Http.json(HTTP.get(version + "/models"));
        assertFields(models, "object", "data");
        assertEquals("list", models.get("object").asText());
        JsonNode model = models.at("/data/0");
        assertFields(model, "id", "object", "created", "owned_by", "context_length");
        assertEquals("model", model.get("object").asText());
        String id = URLEncoder.encode(model.get("id").asText(), StandardCharsets.UTF_8).replace("+", "%20");
        assertEquals(model, Http.json(HTTP.get(version + "/models/" + id)));
        HttpResponse<String> chat = HTTP.post(version + "/chat/completions", Http.chat("hello").put("model", model.get("id").asText()));
        assertEquals(200, chat.statusCode(), chat.body());
        assertEquals(Http.json(HTTP.post(CHAT, Http.chat("hello"))).get("choices"), Http.json(chat).get("choices"));
        HttpResponse<String> text = HTTP.post(version + "/completions", Http.completion("hello"));
        assertEquals(200, text.statusCode(), text.body());
        assertEquals(Http.json(HTTP.post(COMPLETIONS, Http.completion("hello"))).get("choices"), Http.json(text).get("choices"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models", "/models", "/beta/models", "/v1/chat/completions", "/chat/completions", "/beta/completions"})
    void noPathLetsAStrangerIn(String path) throws Exception {
        Http stranger = new Http(SERVER, "mr-wrong");
        HttpResponse<String> refused = path.endsWith("models") ? stranger.get(path) : stranger.post(path, Http.chat("hello"));
        assertError(refused, 401, "invalid_request_error", "invalid_api_key", null);
        assertEquals("Bearer", refused.headers().firstValue("WWW-Authenticate").orElse(""));
    }

    /** Java's HttpClient does so unless it is told not to. */
    @Test
    void anOfferOfHttp2ChangesNothing() throws Exception {
        Http offering = HTTP.offeringHttp2();
        assertEquals("application/json", offering.get("/v1/models").headers().firstValue("Content-Type").orElse(""));
        whole(offering.post(CHAT, Http.chat("hello")), "chat.completion");
        HttpResponse<String> stream = offering.post(CHAT, Http.chat("hello").put("stream", true));
        assertHead(stream, "text/event-stream;charset=utf-8");
        assertEquals("chunked", stream.headers().firstValue("Transfer-Encoding").orElse(""), "without, its end can't be told from a break");
        assertEquals(200, offering.post(CHAT, Http.chat("hello")).statusCode());
        assertError(offering.post(CHAT, Http.chat("hello").put("temperature", 9)), 400, "invalid_request_error", "invalid_value", "temperature");
        assertError(new Http(SERVER, "mr-wrong").offeringHttp2().get("/v1/models"), 401, "invalid_request_error", "invalid_api_key", null);
    }

    @Test
    void errorsAreOpenAisErrorObject() throws Exception {
        assertError(HTTP.post(CHAT, Http.chat("hello").put("model", "no-such-model")), 404, "invalid_request_error", "model_not_found", "model");
        assertError(HTTP.get("/v1/models/no-such-model"), 404, "invalid_request_error", "model_not_found", "model");
        assertError(HTTP.post(CHAT, Http.chat("hello").put("temperature", 9)), 400, "invalid_request_error", "invalid_value", "temperature");
        assertError(HTTP.post(CHAT, Http.chat("hello").put("stream", true).put("temperature", 9)), 400, "invalid_request_error", "invalid_value", "temperature");
        assertError(HTTP.post(CHAT, Http.chat("word ".repeat(4096))), 400, "invalid_request_error", "context_length_exceeded", "messages");
        assertError(HTTP.get("/v1/nothing"), 404, "invalid_request_error", "not_found", null);
        HttpResponse<String> wrongMethod = HTTP.get(CHAT);
        assertError(wrongMethod, 405, "invalid_request_error", "method_not_allowed", null);
        assertTrue(wrongMethod.headers().firstValue("Allow").orElse("").contains("POST"), wrongMethod.headers().toString());
    }

    @Test
    void anAssistantsPrefixIsCarriedOnInsteadOfAnswered() throws Exception {
        ObjectNode answered = prefixed("assistant", false);
        ObjectNode carriedOn = prefixed("assistant", true);
        JsonNode answer = Http.json(HTTP.post("/beta/chat/completions", answered));
        JsonNode more = Http.json(HTTP.post("/beta/chat/completions", carriedOn));
        assertTrue(promptTokens(more) < promptTokens(answer), "the turn stays open: " + more + answer);
        assertFalse(more.at("/choices/0/message/content").asText().startsWith("Once"), "only what is new comes back");
        assertEquals(answer.get("choices"), Http.json(HTTP.post(CHAT, answered)).get("choices"));
        assertError(HTTP.post("/beta/chat/completions", prefixed("user", true)), 400, "invalid_request_error", "invalid_value", "messages[1].prefix");
    }

    private static ObjectNode prefixed(String role, boolean prefix) {
        ObjectNode question = Http.chat("Tell me a story.");
        ((ArrayNode) question.get("messages")).addObject().put("role", role).put("content", "Once").put("prefix", prefix);
        return question;
    }

    private static int promptTokens(JsonNode answer) {
        return answer.at("/usage/prompt_tokens").asInt();
    }

    /** Streams; the chunks, of which each has the same envelope. */
    private static List<JsonNode> stream(String path, ObjectNode question, String object) throws Exception {
        HttpResponse<String> response = HTTP.post(path, question.deepCopy().put("stream", true));
        assertHead(response, "text/event-stream;charset=utf-8");
        List<JsonNode> chunks = Http.chunks(response);
        assertFalse(chunks.isEmpty(), response.body());
        for (JsonNode chunk : chunks) {
            assertEnvelope(chunk, response, object);
            assertEquals(chunks.getFirst().get("created"), chunk.get("created"));
        }
        return chunks;
    }

    private static void assertHead(HttpResponse<String> response, String type) {
        assertEquals(200, response.statusCode(), response.body());
        assertEquals(type, response.headers().firstValue("Content-Type").orElse(""));
        assertEquals("no-cache", response.headers().firstValue("Cache-Control").orElse(""));
    }

    private static void assertEnvelope(JsonNode answer, HttpResponse<String> response, String object) {
        assertEquals(response.headers().firstValue("X-Request-Id").orElseThrow(), answer.get("id").asText());
        assertEquals(object, answer.get("object").asText());
        assertFalse(answer.get("model").asText().isEmpty());
        assertTrue(answer.get("created").isIntegralNumber(), "seconds: " + answer);
        Duration age = Duration.between(Instant.ofEpochSecond(answer.get("created").asLong()), Instant.now());
        assertTrue(age.abs().toSeconds() < 60, "created " + age + " ago");
    }

    private static void assertUsage(JsonNode usage) {
        assertFields(usage, "prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details",
                "prompt_cache_hit_tokens", "prompt_cache_miss_tokens");
        int prompt = usage.get("prompt_tokens").asInt();
        int completion = usage.get("completion_tokens").asInt();
        assertTrue(prompt > 0 && completion > 0 && completion <= 24, usage.toString());
        assertEquals(prompt + completion, usage.get("total_tokens").asInt());
        assertEquals(prompt, usage.get("prompt_cache_hit_tokens").asInt() + usage.get("prompt_cache_miss_tokens").asInt());
        assertEquals(usage.get("prompt_cache_hit_tokens"), usage.at("/prompt_tokens_details/cached_tokens"));
    }

    private static void assertError(HttpResponse<String> response, int status, String type, String code, String param) throws IOException {
        assertEquals(status, response.statusCode(), response.body());
        assertEquals("application/json", response.headers().firstValue("Content-Type").orElse(""));
        assertTrue(response.headers().firstValue("X-Request-Id").isPresent(), "an error has an id too");
        JsonNode body = Http.json(response);
        assertFields(body, "error");
        assertFields(body.get("error"), "message", "type", "param", "code");
        assertFalse(body.at("/error/message").asText().isEmpty());
        assertEquals(type, body.at("/error/type").asText());
        assertEquals(code, body.at("/error/code").asText());
        assertEquals(param, body.at("/error/param").textValue());
    }

    private static void assertFields(JsonNode object, String... names) {
        Set<String> present = new TreeSet<>();
        object.fieldNames().forEachRemaining(present::add);
        assertEquals(new TreeSet<>(Set.of(names)), present, object.toString());
    }

    private static List<String> texts(Iterable<JsonNode> tokens) {
        return StreamSupport.stream(tokens.spliterator(), false).map(token -> token.get("token").asText()).toList();
    }
}
