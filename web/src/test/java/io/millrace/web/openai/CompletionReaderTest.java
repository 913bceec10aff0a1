package io.millrace.web.openai;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.ejb.client.Caller;
import io.millrace.ejb.intake.Prompt;
import io.millrace.ejb.lane.Lane;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompletionReaderTest {

    @Test
    void readsAPromptInEachOfItsForms() {
        assertEquals(new Prompt.Text("a"), read("{\"prompt\":\"a\"}").request().prompt());
        assertEquals(new Prompt.Text("a"), read("{\"prompt\":[\"a\"]}").request().prompt());
        assertArrayEquals(new int[] {1, 2}, ((Prompt.Tokens) read("{\"prompt\":[1,2]}").request().prompt()).tokens());
        assertArrayEquals(new int[] {1, 2}, ((Prompt.Tokens) read("{\"prompt\":[[1,2]]}").request().prompt()).tokens());
    }

    @Test
    void takesOpenAisDefaultsForWhatIsNotSaid() {
        Question question = read("{\"prompt\":\"a\"}");
        assertEquals(16, question.request().maxTokens());
        assertEquals(-1, question.request().sampling().logprobs());
        assertEquals("", question.echo());
    }

    @Test
    void echoesAPromptThatIsText() {
        assertEquals("abc", read("{\"prompt\":[\"abc\"],\"echo\":true}").echo());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "prompt|{}", "prompt|{\"prompt\":null}", "prompt|{\"prompt\":[]}", "prompt|{\"prompt\":7}", "prompt|{\"prompt\":{}}",
        "prompt|{\"prompt\":[\"a\",\"b\"]}", "prompt|{\"prompt\":[[1],[2]]}", "prompt[0]|{\"prompt\":[[]]}", "prompt[0]|{\"prompt\":[{}]}",
        "prompt[1]|{\"prompt\":[1,\"a\"]}", "prompt[0]|{\"prompt\":[-1]}", "prompt[0]|{\"prompt\":[1.5]}", "prompt[0]|{\"prompt\":[2147483648]}",
        "prompt|{\"prompt\":\"\\udfff\"}", "suffix|{\"prompt\":\"a\",\"suffix\":\"b\"}", "echo|{\"prompt\":[1],\"echo\":true}",
        "echo|{\"prompt\":\"a\",\"echo\":true,\"logprobs\":1}", "logprobs|{\"prompt\":\"a\",\"logprobs\":true}", "best_of|{\"prompt\":\"a\",\"best_of\":2}"})
    void refusesAndNamesTheField(String param, String body) {
        ApiError error = assertThrows(ApiError.class, () -> read(body));
        assertEquals(400, error.status());
        assertEquals(param, error.param());
    }

    private static Question read(String body) {
        return new CompletionReader(Json.object(body.getBytes(StandardCharsets.UTF_8)), new Caller("k", "n", Lane.P0), Wishes.NONE).read();
    }
}
