package io.millrace.connector.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.HttpVersion;
import io.millrace.connector.remote.Prompt;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteSpec;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CallBodyTest {

    private static final Prompt CHAT = new Prompt.Chat(List.of(new Turn("system", "be brief"), new Turn("user", "hi \"you\"\n")));
    private static final String MESSAGES = "{'role':'system','content':'be brief'},{'role':'user','content':'hi \\\"you\\\"\\n'}";
    private static final Sampling ALL = new Sampling(0.7f, 40, 0.9f, 0.05f, 1.1f, 0.5f, -0.5f, 42, Map.of(7, -1.5f), "root ::= x", 3);

    @Test
    void aNewAnswerOfAStranger() throws RemoteException {
        same("{'model':'m','stream':true,'stream_options':{'include_usage':true},'messages':[" + MESSAGES
                + "],'max_tokens':9,'stop':['a','b'],'user':'u','temperature':0,'seed':0}",
                body(Dialect.OPENAI, new RemoteCall("m", CHAT, Sampling.GREEDY, 9, List.of("a", "b"), "", null, "", "u", false)));
    }

    @Test
    void vllmAndSglangAreToldToContinueTheLastMessage() throws RemoteException {
        for (Dialect dialect : List.of(Dialect.VLLM, Dialect.SGLANG)) {
            JsonObject body = body(dialect, continued(CHAT, "Par", null));
            same("[" + MESSAGES + ",{'role':'assistant','content':'Par'}]", body.getJsonArray("messages"));
            assertEquals(true, body.getBoolean("continue_final_message"));
            assertEquals(false, body.getBoolean("add_generation_prompt"));
        }
    }

    @Test
    void llamaContinuesTheLastMessageByItself() throws RemoteException {
        JsonObject body = body(Dialect.LLAMA, continued(CHAT, "Par", null));
        same("[" + MESSAGES + ",{'role':'assistant','content':'Par'}]", body.getJsonArray("messages"));
        assertFalse(body.containsKey("continue_final_message"));
    }

    @Test
    void deepSeekContinuesAPrefixBelowBeta() throws RemoteException {
        CallBody call = CallBody.of("s", Dialect.DEEPSEEK, continued(CHAT, "Par", null));
        same("[" + MESSAGES + ",{'role':'assistant','content':'Par','prefix':true}]", json(call).getJsonArray("messages"));
        assertEquals(true, call.beta());
        assertFalse(CallBody.of("s", Dialect.DEEPSEEK, continued(CHAT, "", null)).beta());
        assertFalse(json(call).containsKey("seed"));
    }

    @Test
    void millraceIsAskedForTokensAndGivenThem() throws RemoteException {
        JsonObject fresh = body(Dialect.MILLRACE, continued(CHAT, "", null));
        same("{'tokens':true}", fresh.getJsonObject("millrace"));
        JsonObject exact = body(Dialect.MILLRACE, continued(CHAT, "Par", new int[] {5, 6}));
        same("{'tokens':true,'said':[5,6],'said_text':'Par'}", exact.getJsonObject("millrace"));
        same("[" + MESSAGES + "]", exact.getJsonArray("messages"));
        same("{'tokens':true,'said_text':'Par'}", body(Dialect.MILLRACE, continued(CHAT, "Par", null)).getJsonObject("millrace"));
    }

    @Test
    void aTextGoesOnWithWhatWasSaid() throws RemoteException {
        RemoteCall call = continued(new Prompt.Text("Once"), " upon", null);
        for (Dialect dialect : List.of(Dialect.COMPLETIONS, Dialect.VLLM, Dialect.MILLRACE, Dialect.DEEPSEEK)) {
            CallBody body = CallBody.of("s", dialect, call);
            assertEquals("completions", body.path());
            assertEquals("Once upon", json(body).getString("prompt"));
        }
    }

    @Test
    void tokensGoOnWithTokensOnly() throws RemoteException {
        RemoteCall call = continued(new Prompt.Tokens(new int[] {1, 2}), "x", new int[] {5});
        same("[1,2,5]", body(Dialect.VLLM, call).getJsonArray("prompt"));
        same("[1,2]", body(Dialect.MILLRACE, call).getJsonArray("prompt"));
        same("{'tokens':true,'said':[5],'said_text':'x'}", body(Dialect.MILLRACE, call).getJsonObject("millrace"));
        unsupported(Dialect.VLLM, continued(new Prompt.Tokens(new int[] {1}), "x", null));
        unsupported(Dialect.DEEPSEEK, continued(new Prompt.Tokens(new int[] {1}), "", null));
    }

    @Test
    void onlyDeepSeekIsToldWhatWasThoughtBefore() throws RemoteException {
        RemoteCall call = new RemoteCall("m", CHAT, Sampling.GREEDY, 0, List.of(), "Par", null, "hm", null, false);
        same("{'role':'assistant','content':'Par','prefix':true,'reasoning_content':'hm'}", last(body(Dialect.DEEPSEEK, call)));
        same("{'role':'assistant','content':'Par'}", last(body(Dialect.VLLM, call)));
    }

    @Test
    void eachDialectIsToldInItsOwnWayWhetherToThink() throws RemoteException {
        same("{'type':'disabled'}", thinking(Dialect.DEEPSEEK, false).getJsonObject("thinking"));
        same("{'type':'enabled'}", thinking(Dialect.MILLRACE, true).getJsonObject("thinking"));
        same("{'enable_thinking':false,'thinking':false}", thinking(Dialect.VLLM, false).getJsonObject("chat_template_kwargs"));
        assertEquals(body(Dialect.OPENAI, continued(CHAT, "", null)), thinking(Dialect.OPENAI, false), "a server of which nobody knows more");
    }

    private static JsonObject thinking(Dialect dialect, boolean thinks) throws RemoteException {
        return body(dialect, continued(new Prompt.Chat(((Prompt.Chat) CHAT).turns(), thinks), "", null));
    }

    private static JsonObject last(JsonObject body) {
        return body.getJsonArray("messages").getValuesAs(JsonObject.class).getLast();
    }

    @Test
    void whatADialectCannotCarryIsRefused() {
        unsupported(Dialect.OPENAI, continued(CHAT, "Par", null));
        unsupported(Dialect.COMPLETIONS, continued(CHAT, "", null));
    }

    @Test
    void samplingHasEachDialectsNames() throws RemoteException {
        String common = "'temperature':0.7,'top_p':0.9,'frequency_penalty':0.5,'presence_penalty':-0.5";
        String logprobs = "'logprobs':true,'top_logprobs':3";
        String rest = ",'seed':42,'logit_bias':{'7':-1.5}," + logprobs;
        String extended = ",'top_k':40,'min_p':0.05,'repetition_penalty':1.1";
        sampling("{" + common + extended + rest + ",'structured_outputs':{'grammar':'root ::= x'},'guided_grammar':'root ::= x'}", Dialect.VLLM, ALL);
        sampling("{" + common + extended + rest + ",'ebnf':'root ::= x'}", Dialect.SGLANG, ALL);
        sampling("{" + common + extended.replace("repetition", "repeat") + rest + ",'grammar':'root ::= x'}", Dialect.LLAMA, ALL);
        sampling("{" + common + extended + rest + ",'grammar':'root ::= x'}", Dialect.MILLRACE, ALL);
        sampling("{" + common + "," + logprobs + "}", Dialect.DEEPSEEK, ALL);
        sampling("{" + common + rest + "}", Dialect.OPENAI, ALL);
    }

    @Test
    void theDefaultsOfEnginesAreOverridden() throws RemoteException {
        sampling("{'temperature':0,'top_p':1,'top_k':0,'min_p':0,'repeat_penalty':1,'seed':0}", Dialect.LLAMA, Sampling.GREEDY);
        sampling("{'temperature':0,'top_p':1,'top_k':-1,'min_p':0,'repetition_penalty':1,'seed':0}", Dialect.VLLM, Sampling.GREEDY);
        sampling("{'temperature':0,'seed':0}", Dialect.MILLRACE, Sampling.GREEDY);
    }

    @Test
    void llamaGetsASeedOfItsRange() throws RemoteException {
        for (long seed : new long[] {Long.MIN_VALUE, -1, 0, 0xFFFF_FFFFL, Long.MAX_VALUE}) {
            Sampling sampling = new Sampling(1, 0, 1, 0, 1, 0, 0, seed, Map.of(), null, -1);
            long sent = body(Dialect.LLAMA, new RemoteCall("m", CHAT, sampling, 0, List.of(), "", null, "", null, false)).getJsonNumber("seed").longValueExact();
            assertEquals(true, sent >= 0 && sent < 0xFFFF_FFFFL, sent + " for " + seed);
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void aJsonObjectIsAskedForInPlaceOfAGrammar(Dialect dialect) throws RemoteException {
        JsonObject body = body(dialect, new RemoteCall("m", new Prompt.Text("x"), ALL, 0, List.of(), "", null, "", null, true));
        same("{'type':'json_object'}", body.getJsonObject("response_format"));
        for (String name : List.of("grammar", "guided_grammar", "structured_outputs", "ebnf")) {
            assertFalse(body.containsKey(name), name);
        }
    }

    @Test
    void deepSeeksBetaTakesThePlaceOfTheVersion() throws Exception {
        try (RawServer raw = new RawServer((_, wire) -> wire.events().stop().end())) {
            for (String base : List.of("/v1", "", "/beta")) {
                URI address = URI.create(raw.base().toString().replaceAll("/v1$", base));
                Server server = new Server(new RemoteSpec("s", address, Dialect.DEEPSEEK, null, null, Duration.ofSeconds(5), HttpVersion.AUTO));
                try (HttpAnswer answer = server.send(continued(CHAT, "Par", null))) {
                    answer.next(Duration.ofSeconds(5));
                } finally {
                    server.close();
                }
                assertEquals("/beta/chat/completions", raw.requests.getLast().target(), base);
            }
        }
    }

    private static void sampling(String expected, Dialect dialect, Sampling sampling) throws RemoteException {
        JsonObject body = body(dialect, new RemoteCall("m", CHAT, sampling, 0, List.of(), "", null, "", null, false));
        var fields = Json.createObjectBuilder(body);
        List.of("model", "stream", "stream_options", "messages", "millrace").forEach(fields::remove);
        same(expected, fields.build());
    }

    private static void unsupported(Dialect dialect, RemoteCall call) {
        assertEquals(RemoteException.Code.UNSUPPORTED, assertThrows(RemoteException.class, () -> CallBody.of("s", dialect, call)).code());
    }

    private static RemoteCall continued(Prompt prompt, String said, int[] tokens) {
        return new RemoteCall("m", prompt, Sampling.GREEDY, 0, List.of(), said, tokens, "", null, false);
    }

    private static JsonObject body(Dialect dialect, RemoteCall call) throws RemoteException {
        return json(CallBody.of("s", dialect, call));
    }

    private static JsonObject json(CallBody body) {
        try (JsonReader reader = Json.createReader(new ByteArrayInputStream(body.json()))) {
            return reader.readObject();
        }
    }

    /** As texts of numbers differ where values do not, numbers are compared as numbers. */
    private static void same(String expected, JsonValue actual) {
        try (JsonReader reader = Json.createReader(new StringReader(expected.replace('\'', '"')))) {
            assertEquals(plain(reader.readValue()), plain(actual));
        }
    }

    private static Object plain(JsonValue value) {
        return switch (value) {
            case JsonObject object -> object.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, each -> plain(each.getValue())));
            case JsonArray array -> array.stream().map(CallBodyTest::plain).toList();
            case JsonNumber number -> number.doubleValue();
            default -> value;
        };
    }
}
