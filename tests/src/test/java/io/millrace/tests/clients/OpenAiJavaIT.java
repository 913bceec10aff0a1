package io.millrace.tests.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionAssistantMessageParam;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import io.millrace.tests.MillraceServer;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** OpenAI's own client; it is told to check each answer against the types that OpenAI's specification gives. */
class OpenAiJavaIT {

    private static final MillraceServer SERVER = MillraceServer.shared();
    private static final OpenAIClient CLIENT = client(SERVER.key());
    private static final String MODEL = CLIENT.models().list().data().getFirst().id();

    @AfterAll
    static void close() {
        CLIENT.close();
    }

    @Test
    void listsTheModelThatAnswers() {
        assertEquals(MODEL, CLIENT.models().retrieve(MODEL).id());
    }

    @Test
    void aStreamSaysWhatAWholeAnswerSays() {
        ChatCompletion whole = CLIENT.chat().completions().create(question("Tell me a story.").build());
        StringBuilder streamed = new StringBuilder();
        String finish = null;
        long usage = 0;
        ChatCompletionCreateParams streaming = question("Tell me a story.")
                .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build()).build();
        try (StreamResponse<ChatCompletionChunk> chunks = CLIENT.chat().completions().createStreaming(streaming)) {
            for (ChatCompletionChunk chunk : (Iterable<ChatCompletionChunk>) chunks.stream()::iterator) {
                for (ChatCompletionChunk.Choice choice : chunk.choices()) {
                    choice.delta().content().ifPresent(streamed::append);
                    finish = choice.finishReason().map(Object::toString).orElse(finish);
                }
                usage = chunk.usage().map(all -> all.completionTokens()).orElse(usage);
            }
        }
        assertFalse(streamed.isEmpty());
        assertEquals(text(whole), streamed.toString());
        assertEquals(whole.choices().getFirst().finishReason().toString(), finish);
        assertEquals(whole.usage().orElseThrow().completionTokens(), usage);
    }

    @Test
    void countsTokens() {
        ChatCompletion answer = CLIENT.chat().completions().create(question("Count.").build());
        var usage = answer.usage().orElseThrow();
        assertTrue(usage.promptTokens() > 0);
        assertTrue(usage.completionTokens() > 0 && usage.completionTokens() <= 24, "completion tokens " + usage.completionTokens());
        assertEquals(usage.promptTokens() + usage.completionTokens(), usage.totalTokens());
    }

    @Test
    void endsWhereTheLimitIs() {
        ChatCompletion answer = CLIENT.chat().completions().create(endless().n(1).maxCompletionTokens(7).build());
        assertEquals(7, answer.usage().orElseThrow().completionTokens());
        assertEquals("length", answer.choices().getFirst().finishReason().toString());
    }

    @Test
    void theSameSeedGivesTheSameChoicesAndEachChoiceIsItsOwn() {
        ChatCompletionCreateParams params = question("Roll a die.").temperature(1.0).seed(7).n(2).build();
        ChatCompletion first = CLIENT.chat().completions().create(params);
        assertEquals(List.of(0L, 1L), first.choices().stream().map(ChatCompletion.Choice::index).toList());
        assertEquals(2, first.choices().stream().map(choice -> choice.message().content()).distinct().count());
        assertEquals(text(first), text(CLIENT.chat().completions().create(question("Roll a die.").temperature(1.0).seed(7).build())));
    }

    @Test
    void endsBeforeAStopString() {
        String whole = text(CLIENT.chat().completions().create(question("Stop me.").build()));
        String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 2);
        ChatCompletion stopped = CLIENT.chat().completions().create(question("Stop me.").stop(stop).build());
        assertEquals(whole.substring(0, whole.indexOf(stop)), text(stopped));
        assertEquals("stop", stopped.choices().getFirst().finishReason().toString());
    }

    @Test
    void tellsLogProbabilities() {
        ChatCompletion answer = CLIENT.chat().completions().create(question("How sure?").logprobs(true).topLogprobs(3).build());
        var tokens = answer.choices().getFirst().logprobs().orElseThrow().content().orElseThrow();
        assertEquals(answer.usage().orElseThrow().completionTokens(), tokens.size());
        tokens.forEach(token -> {
            assertTrue(token.logprob() <= 0, "a probability is at most 1");
            assertEquals(3, token.topLogprobs().size());
            assertEquals(token.token(), token.topLogprobs().getFirst().token(), "greedy takes the likeliest");
        });
    }

    @Test
    void completesText() {
        Completion completion = CLIENT.completions().create(CompletionCreateParams.builder().model(MODEL)
                .prompt("Once upon a time").maxTokens(8).temperature(0.0).build());
        assertFalse(completion.choices().getFirst().text().isEmpty());
        assertTrue(completion.usage().orElseThrow().completionTokens() <= 8);
    }

    @Test
    void aStreamOfTextCompletionsSaysWhatAWholeOneSays() {
        CompletionCreateParams params = CompletionCreateParams.builder().model(MODEL).prompt("Once upon a time")
                .maxTokens(24).temperature(0.0).build();
        StringBuilder streamed = new StringBuilder();
        // the specification knows no null as a finish reason here, though OpenAI sends one in each chunk but the last
        OpenAIClient lenient = CLIENT.withOptions(options -> options.responseValidation(false));
        try (StreamResponse<Completion> chunks = lenient.completions().createStreaming(params)) {
            chunks.stream().flatMap(chunk -> chunk.choices().stream()).forEach(choice -> streamed.append(choice.text()));
        }
        assertEquals(CLIENT.completions().create(params).choices().getFirst().text(), streamed.toString());
    }

    @Test
    void carriesAnAssistantsPrefixOn() {
        ChatCompletion answered = CLIENT.chat().completions().create(question("Tell me a story.").addAssistantMessage("Once").build());
        ChatCompletion carriedOn = CLIENT.chat().completions().create(question("Tell me a story.")
                .addMessage(ChatCompletionAssistantMessageParam.builder().content("Once")
                        .putAdditionalProperty("prefix", JsonValue.from(true)).build()).build());
        assertTrue(carriedOn.usage().orElseThrow().promptTokens() < answered.usage().orElseThrow().promptTokens(), "the turn stays open");
    }

    @Test
    void aWrongKeyAnUnknownModelAndAWrongValueAreTypedErrors() {
        OpenAIClient stranger = client("mr-wrong");
        assertThrows(UnauthorizedException.class, () -> stranger.models().list());
        stranger.close();
        assertThrows(NotFoundException.class,
                () -> CLIENT.chat().completions().create(question("hello").model("no-such-model").build()));
        BadRequestException refused = assertThrows(BadRequestException.class,
                () -> CLIENT.chat().completions().create(question("hello").temperature(9.0).build()));
        assertEquals("temperature", refused.param().orElseThrow());
    }

    @Test
    void aStreamThatIsClosedEarlyFreesItsSlot() throws Exception {
        InFlight watch = InFlight.watch(SERVER);
        try (StreamResponse<ChatCompletionChunk> chunks = CLIENT.chat().completions().createStreaming(endless().build())) {
            assertTrue(chunks.stream().iterator().hasNext());
        }
        watch.assertGivenUp(Endless.ALL_TOKENS);
    }

    private static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder().baseUrl(SERVER.baseUrl()).apiKey(key).maxRetries(0).responseValidation(true).build();
    }

    private static ChatCompletionCreateParams.Builder question(String text) {
        return ChatCompletionCreateParams.builder().model(MODEL).addUserMessage(text).temperature(0.0).maxCompletionTokens(24);
    }

    private static ChatCompletionCreateParams.Builder endless() {
        ChatCompletionCreateParams.LogitBias.Builder bias = ChatCompletionCreateParams.LogitBias.builder();
        Endless.BIAS.forEach((token, value) -> bias.putAdditionalProperty(token, JsonValue.from(value)));
        return question("Never end.").logitBias(bias.build()).maxCompletionTokens(Endless.TOKENS).n(Endless.CHOICES)
                .logprobs(true).topLogprobs(Endless.TOP_LOGPROBS);
    }

    private static String text(ChatCompletion answer) {
        return answer.choices().getFirst().message().content().orElseThrow();
    }
}
