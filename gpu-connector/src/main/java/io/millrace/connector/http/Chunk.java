package io.millrace.connector.http;

import io.millrace.connector.remote.RemoteEvent;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import jakarta.json.stream.JsonParserFactory;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * One chunk of a streamed answer, read without a tree: of everything that servers put into it only what an event needs
 * (OpenAI reference, "The chat completion chunk object" and the completion object). Choices but the first are passed
 * over. Owned by the reader.
 */
final class Chunk {

    private static final JsonParserFactory PARSERS = Json.createParserFactory(Map.of());
    private static final int FIRST_TOKENS = 4;
    /** No server has counted more: sums of a few such counts are still numbers. */
    private static final int MOST_TOKENS = 1 << 28;

    private final JsonParser json;
    private boolean failed;
    private String text = "";
    private String reasoning = "";
    private String finish = "";
    private int[] tokens;
    private int tokenCount;
    private List<RemoteEvent.Logprob> logprobs = List.of();
    private RemoteEvent.Usage usage;

    private Chunk(JsonParser json) {
        this.json = json;
    }

    /** @throws JsonException when the text is no JSON object, or a field of another kind than it should be */
    static Chunk parse(String text) {
        try (JsonParser json = PARSERS.createParser(new StringReader(text))) {
            Chunk chunk = new Chunk(json);
            if (json.next() != Event.START_OBJECT) {
                throw new JsonException("a chunk must be an object");
            }
            Fields.ofObject(json, Event.START_OBJECT, chunk::field);
            return chunk;
        } catch (NoSuchElementException | IllegalStateException e) {
            throw new JsonException("the chunk ends early", e);
        }
    }

    /** Whether it tells of a failure: an {@link ErrorBody}. */
    boolean failed() {
        return failed;
    }

    /** The server's {@code finish_reason}; empty when the answer goes on. */
    String finish() {
        return finish;
    }

    /** What it tells, in order. */
    List<RemoteEvent> events() {
        List<RemoteEvent> events = new ArrayList<>(2);
        if (!text.isEmpty() || !reasoning.isEmpty() || tokenCount > 0 || !logprobs.isEmpty()) {
            events.add(new RemoteEvent.Piece(text, reasoning, tokens == null ? null : Arrays.copyOf(tokens, tokenCount), logprobs));
        }
        if (!finish.isEmpty()) {
            events.add(new RemoteEvent.Finished(finish));
        }
        if (usage != null) {
            events.add(usage);
        }
        return events;
    }

    private void field(String name, Event value) {
        switch (name) {
            case "choices" -> Fields.ofArray(json, value, this::choice);
            case "usage" -> usage(value);
            case "millrace" -> Fields.ofObject(json, value, this::ofMillrace);
            case "error" -> {
                failed |= value != Event.VALUE_NULL;
                Fields.skip(json, value);
            }
            case "object" -> failed |= value == Event.VALUE_STRING && json.getString().equals("error");
            // llama.cpp's older servers send the error itself
            case "message" -> {
                failed |= value == Event.VALUE_STRING;
                Fields.skip(json, value);
            }
            default -> Fields.skip(json, value);
        }
    }

    private void choice(Event value) {
        Chunk choice = new Chunk(json);
        int[] index = {0};
        Fields.ofObject(json, value, (name, of) -> {
            if (name.equals("index")) {
                index[0] = Fields.number(json, of);
            } else {
                choice.ofChoice(name, of);
            }
        });
        if (index[0] == 0) {
            text = choice.text;
            reasoning = choice.reasoning;
            finish = choice.finish;
            logprobs = choice.logprobs;
        }
    }

    private void ofChoice(String name, Event value) {
        switch (name) {
            case "delta" -> Fields.ofObject(json, value, this::ofDelta);
            case "text" -> text = Fields.text(json, value);
            case "finish_reason" -> finish = Fields.text(json, value);
            case "logprobs" -> logprobs = LogprobFields.read(json, value);
            default -> Fields.skip(json, value);
        }
    }

    private void ofDelta(String name, Event value) {
        switch (name) {
            case "content" -> text = Fields.text(json, value);
            // DeepSeek's and SGLang's name, and vLLM's newer one
            case "reasoning_content", "reasoning" -> {
                String said = Fields.text(json, value);
                reasoning = said.isEmpty() ? reasoning : said;
            }
            default -> Fields.skip(json, value);
        }
    }

    private void ofMillrace(String name, Event value) {
        if (!name.equals("tokens")) {
            Fields.skip(json, value);
            return;
        }
        tokens = new int[FIRST_TOKENS];
        Fields.ofArray(json, value, token -> {
            if (tokenCount == tokens.length) {
                tokens = Arrays.copyOf(tokens, tokenCount * 2);
            }
            tokens[tokenCount++] = Fields.number(json, token);
        });
    }

    private void usage(Event value) {
        if (value != Event.START_OBJECT) {
            Fields.skip(json, value);
            return;
        }
        int[] counts = new int[4];
        Fields.ofObject(json, value, (name, of) -> {
            switch (name) {
                case "prompt_tokens" -> counts[0] = count(of);
                case "completion_tokens" -> counts[1] = count(of);
                // DeepSeek's name for what is below prompt_tokens_details elsewhere
                case "prompt_cache_hit_tokens" -> counts[2] = count(of);
                case "prompt_tokens_details" -> detail(of, "cached_tokens", counts, 2);
                case "completion_tokens_details" -> detail(of, "reasoning_tokens", counts, 3);
                default -> Fields.skip(json, of);
            }
        });
        usage = new RemoteEvent.Usage(counts[0], counts[1], counts[2], counts[3]);
    }

    private void detail(Event value, String wanted, int[] counts, int place) {
        Fields.ofObject(json, value, (name, of) -> {
            if (name.equals(wanted)) {
                counts[place] = count(of);
            } else {
                Fields.skip(json, of);
            }
        });
    }

    private int count(Event value) {
        return Math.clamp(Fields.number(json, value), 0, MOST_TOKENS);
    }
}
