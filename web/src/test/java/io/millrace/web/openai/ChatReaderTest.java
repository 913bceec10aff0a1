package io.millrace.web.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.ejb.client.Caller;
import io.millrace.ejb.intake.Prompt;
import io.millrace.ejb.lane.Lane;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatReaderTest {

    private static final int MOST_MESSAGES = 5;
    private static final String HI = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    @Test
    void takesOpenAisDefaultsForWhatIsNotSaid() {
        Question question = read("{" + HI + "}");
        var request = question.request();
        assertEquals(new Prompt.Chat(List.of(new Turn("user", "hi")), false), request.prompt());
        assertNull(request.model());
        assertEquals(1, request.sampling().temperature());
        assertEquals(1, request.sampling().topP());
        assertEquals(0, request.maxTokens());
        assertEquals(1, request.choices());
        assertEquals(-1, request.sampling().logprobs());
        assertNull(request.sampling().grammar());
        assertEquals(Lane.P1, request.lane());
        assertEquals(ChatReader.ENDPOINT, request.endpoint());
        assertFalse(question.stream());
        assertFalse(question.includeUsage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "null", value = {
        "\"thinking\":{\"type\":\"disabled\"}|false",
        "\"thinking\":{\"type\":\"enabled\"}|true",
        "\"chat_template_kwargs\":{\"enable_thinking\":false}|false",
        "\"chat_template_kwargs\":{\"thinking\":true,\"other\":1}|true",
        "\"chat_template_kwargs\":{\"other\":1}|null",
        "\"reasoning_effort\":\"none\"|false",
        "\"reasoning_effort\":\"high\"|null"})
    void readsWhetherToThink(String field, Boolean thinks) {
        assertEquals(thinks, ((Prompt.Chat) read("{" + HI + "," + field + "}").request().prompt()).thinks());
    }

    @Test
    void refusesOtherWaysOfThinking() {
        for (String field : List.of("\"thinking\":{\"type\":\"loudly\"}", "\"thinking\":{}", "\"thinking\":true",
                "\"chat_template_kwargs\":{\"thinking\":\"no\"}", "\"reasoning_effort\":1")) {
            assertThrows(ApiError.class, () -> read("{" + HI + "," + field + "}"), field);
        }
    }

    @Test
    void readsEveryField() {
        var request = read("{" + HI + """
                ,"model":"m","temperature":0.5,"top_p":0.9,"top_k":40,"min_p":0.05,"max_tokens":7,"max_completion_tokens":9,
                "n":3,"seed":-5,"stop":["a","b"],"frequency_penalty":1,"presence_penalty":-1,"repetition_penalty":1.1,
                "logit_bias":{"5":-100},"logprobs":true,"top_logprobs":4,"user":"u","response_format":{"type":"json_object"},
                "nobody_knows_this":{"x":[1]}}""").request();
        assertEquals("m", request.model());
        assertEquals(0.5f, request.sampling().temperature());
        assertEquals(0.9f, request.sampling().topP());
        assertEquals(40, request.sampling().topK());
        assertEquals(0.05f, request.sampling().minP());
        assertEquals(9, request.maxTokens(), "max_completion_tokens goes before max_tokens");
        assertEquals(3, request.choices());
        assertEquals(-5, request.sampling().seed());
        assertEquals(List.of("a", "b"), request.stop());
        assertEquals(1, request.sampling().frequencyPenalty());
        assertEquals(-1, request.sampling().presencePenalty());
        assertEquals(1.1f, request.sampling().repeatPenalty());
        assertEquals(Map.of(5, -100f), request.sampling().logitBias());
        assertEquals(4, request.sampling().logprobs());
        assertEquals("u", request.user());
        assertEquals(JsonGrammar.OBJECT, request.sampling().grammar());
    }

    @Test
    void countsNullAsAbsent() {
        assertEquals(1, read("{" + HI + ",\"temperature\":null,\"stop\":null,\"n\":null,\"stream_options\":null,\"tools\":null}")
                .request().sampling().temperature());
    }

    @Test
    void joinsTextPartsAndReadsEveryRole() {
        Prompt.Chat chat = (Prompt.Chat) read("""
                {"messages":[{"role":"developer","content":"d"},{"role":"system","content":"s"},
                {"role":"user","name":"n","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
                {"role":"assistant","content":null},{"role":"tool","content":"t"}]}""").request().prompt();
        assertEquals(List.of(new Turn("system", "d"), new Turn("system", "s"), new Turn("user", "a\nb"),
                new Turn("assistant", ""), new Turn("tool", "t")), chat.turns());
    }

    @Test
    void carriesTheLastMessageOnWhereItIsAPrefix() {
        assertTrue(((Prompt.Chat) read("""
                {"messages":[{"role":"user","content":"u"},{"role":"assistant","content":"a","prefix":true}]}""")
                .request().prompt()).continueLast());
        assertFalse(((Prompt.Chat) read("""
                {"messages":[{"role":"user","content":"u"},{"role":"assistant","content":"a"}]}""")
                .request().prompt()).continueLast());
    }

    @Test
    void takesTheLikeliestTokenAloneForATopPOfZero() {
        float topP = read("{" + HI + ",\"top_p\":0}").request().sampling().topP();
        assertTrue(topP > 0 && topP < 1e-3);
        read("{" + HI + ",\"top_p\":1e-300,\"temperature\":1e-300}");
    }

    @Test
    void drawsASeedWhereNoneIsGiven() {
        assertFalse(read("{" + HI + "}").request().sampling().seed() == read("{" + HI + "}").request().sampling().seed());
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {"P0,-,-,P0", "-,P2,-,P2", "-,-,flex,P2", "-,-,batch,P3", "-,-,auto,P1", "p3,P0,priority,P3", "-,P1,flex,P1"})
    void letsTheHeaderGoBeforePriorityBeforeServiceTier(String header, String priority, String tier, Lane lane) {
        String body = "{" + HI + (priority == null ? "" : ",\"priority\":\"" + priority + "\"")
                + (tier == null ? "" : ",\"service_tier\":\"" + tier + "\"") + "}";
        assertEquals(lane, read(body, header, Lane.P0).request().lane());
    }

    @Test
    void letsNobodyAboveHisCeiling() {
        assertEquals(Lane.P2, read("{" + HI + "}", "P0", Lane.P2).request().lane());
        assertEquals(Lane.P3, read("{" + HI + "}", "P3", Lane.P2).request().lane());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "messages|{}", "messages|{\"messages\":null}", "messages|{\"messages\":\"x\"}", "messages|{\"messages\":[]}",
        "messages[0]|{\"messages\":[123]}", "messages[0].role|{\"messages\":[{}]}", "messages[0].role|{\"messages\":[{\"role\":1}]}",
        "messages[0].role|{\"messages\":[{\"role\":\"function\",\"content\":\"x\"}]}",
        "messages[0].content|{\"messages\":[{\"role\":\"user\"}]}", "messages[0].content|{\"messages\":[{\"role\":\"system\",\"content\":1}]}",
        "messages[0].content[1].type|{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"image_url\"}]}]}",
        "messages[0].content[0].text|{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]}",
        "messages[0].content|{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}",
        "messages[0].prefix|{\"messages\":[{\"role\":\"user\",\"content\":\"x\",\"prefix\":true}]}",
        "messages[0].prefix|{\"messages\":[{\"role\":\"assistant\",\"content\":\"x\",\"prefix\":true},{\"role\":\"user\",\"content\":\"x\"}]}",
        "messages[0].tool_calls|{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{}]}]}"})
    void refusesMessagesAndNamesTheField(String param, String body) {
        assertEquals(param, refused(body).param());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "temperature|2.1", "temperature|-0.1", "temperature|1e999", "temperature|\"1\"", "top_p|1.1", "top_k|-1", "min_p|2", "n|0", "n|17", "n|1.5",
        "max_tokens|0", "max_tokens|-1", "max_tokens|9223372036854775808", "max_tokens|1e30", "max_completion_tokens|0", "seed|1e30",
        "frequency_penalty|3", "presence_penalty|-3", "repetition_penalty|0", "stop|1", "stop|\"\"", "stop[1]|[\"a\",\"\"]", "stop[0]|[1]",
        "stop|[\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\"]",
        "logit_bias|[]", "logit_bias|{\"a\":1}", "logit_bias|{\"-1\":1}", "logit_bias|{\"1\":101}", "top_logprobs|1", "logprobs|1",
        "stream|\"yes\"", "stream_options|[]", "stream_options.include_usage|{\"include_usage\":1}", "response_format|\"json\"",
        "response_format.type|{}", "response_format.type|{\"type\":\"sound\"}", "response_format.type|{\"type\":\"json_schema\"}", "grammar|\" \"",
        "priority|\"P4\"", "service_tier|\"gold\"", "tools|[{}]", "functions|[{}]", "tool_choice|\"required\"", "tool_choice|{\"type\":\"function\"}",
        "model|1", "model|\"a\\u0000\"", "user|[]"})
    void refusesAValueAndNamesTheField(String param, String value) {
        String field = param.replaceAll("[.\\[].*", "");
        ApiError error = refused("{" + HI + ",\"" + field + "\":" + value + "}");
        assertEquals(param, error.param());
        assertTrue(error.getMessage().contains(field), error.getMessage());
    }

    @Test
    void refusesMoreMessagesThanItMay() {
        String message = "{\"role\":\"user\",\"content\":\"x\"}";
        read("{\"messages\":[" + (message + ",").repeat(MOST_MESSAGES - 1) + message + "]}");
        assertEquals("messages", refused("{\"messages\":[" + (message + ",").repeat(MOST_MESSAGES) + message + "]}").param());
    }

    @Test
    void leavesToolsAloneWhereTheyAreNotToBeCalled() {
        read("{" + HI + ",\"tools\":[{}],\"tool_choice\":\"none\"}");
        read("{" + HI + ",\"tools\":[],\"tool_choice\":\"auto\"}");
    }

    @Property
    void answersAnyObjectWithAQuestionOrARefusalThatNamesAField(@ForAll long seed) {
        String body = body(new Random(seed));
        try {
            read(body);
        } catch (ApiError e) {
            assertEquals(400, e.status(), body);
            assertTrue(e.param() != null || e.getMessage().contains("Duplicate"), body + e.getMessage());
        }
    }

    private static final List<String> NAMES = List.of("model", "messages", "temperature", "top_p", "top_k", "min_p", "max_tokens",
            "max_completion_tokens", "n", "seed", "stop", "frequency_penalty", "presence_penalty", "repetition_penalty", "logit_bias",
            "logprobs", "top_logprobs", "stream", "stream_options", "include_usage", "user", "user_id", "response_format", "type",
            "grammar", "service_tier", "priority", "tools", "tool_choice", "functions", "role", "content", "prefix", "text", "7");

    private static final List<String> LEAVES = List.of("null", "true", "false", "0", "1", "-1", "0.5", "1e400", "-1e400", "1e-400", "17",
            "99999999999999999999", "\"\"", "\"user\"", "\"assistant\"", "\"text\"", "\"P2\"", "\"json_object\"", "\"\\ud800\"",
            "\"\\u0000\"", "[]", "{}", "[1]", "[\"a\"]", "{\"1\":1}");

    /** Known names with values of any kind; every other body has good messages, so that the rest is looked at. */
    private static String body(Random random) {
        String object = object(random, 3);
        return random.nextBoolean() || object.contains("\"messages\"") ? object : "{" + HI + (object.equals("{}") ? "}" : "," + object.substring(1));
    }

    private static String value(Random random, int depth) {
        return switch (depth == 0 ? 0 : random.nextInt(4)) {
            case 1 -> IntStream.range(0, random.nextInt(3)).mapToObj(i -> value(random, depth - 1)).collect(Collectors.joining(",", "[", "]"));
            case 2 -> object(random, depth - 1);
            default -> LEAVES.get(random.nextInt(LEAVES.size()));
        };
    }

    private static String object(Random random, int depth) {
        return IntStream.range(0, random.nextInt(5))
                .mapToObj(i -> "\"" + NAMES.get(random.nextInt(NAMES.size())) + "\":" + value(random, depth)).collect(Collectors.joining(",", "{", "}"));
    }

    private static ApiError refused(String body) {
        ApiError error = assertThrows(ApiError.class, () -> read(body));
        assertEquals(400, error.status());
        return error;
    }

    private static Question read(String body) {
        return read(body, null, Lane.P0);
    }

    private static Question read(String body, String priorityHeader, Lane ceiling) {
        return new ChatReader(Json.object(body.getBytes(StandardCharsets.UTF_8)), new Caller("k", "n", ceiling), new Wishes(priorityHeader, null, null), MOST_MESSAGES).read();
    }
}
