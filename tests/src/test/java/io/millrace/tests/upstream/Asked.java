package io.millrace.tests.upstream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * What a request wants.
 *
 * @param chat      whether it is a chat; else a completion
 * @param prompt    all before the answer: what decides the story
 * @param said      the answer's beginning that the client has already; empty: none
 * @param maxTokens words of this answer without those that are said; 0: as many as are left of the usual length
 * @param tokens    whether the client wants token numbers with each piece, as a Millrace asks another one
 */
record Asked(boolean chat, String prompt, String said, int maxTokens, List<String> stop, boolean stream, boolean usage, boolean tokens,
             String model) {

    /** What a user says so that reasoning comes before the answer. */
    private static final String THINK = "Think";
    static final ObjectMapper JSON = new ObjectMapper();
    private static final int SHOWN = 160;

    /** @throws IOException for a body that isn't JSON or has no prompt */
    static Asked of(String path, byte[] body) throws IOException {
        JsonNode json = JSON.readTree(body);
        boolean chat = path.endsWith("/chat/completions");
        String prompt;
        String said;
        if (chat) {
            List<JsonNode> turns = new ArrayList<>(StreamSupport.stream(json.path("messages").spliterator(), false).toList());
            if (turns.isEmpty()) {
                throw new IOException("messages is missing");
            }
            boolean goesOn = turns.getLast().path("role").asText().equals("assistant");
            said = goesOn ? content(turns.removeLast()) : saidToMillrace(json.path("millrace"));
            StringBuilder all = new StringBuilder();
            turns.forEach(turn -> all.append(turn(turn.path("role").asText(), content(turn))));
            prompt = all.toString();
        } else {
            JsonNode text = json.path("prompt");
            String all = text.isTextual() ? text.asText() : text.toString();
            int opening = all.lastIndexOf(Story.OPENING);
            prompt = opening < 0 ? all : all.substring(0, opening);
            said = opening < 0 ? saidToMillrace(json.path("millrace")) : all.substring(opening);
        }
        return new Asked(chat, prompt, said, json.path("max_completion_tokens").asInt(json.path("max_tokens").asInt(0)), stops(json.path("stop")),
                json.path("stream").asBoolean(), json.at("/stream_options/include_usage").asBoolean(), json.path("millrace").has("tokens"),
                json.path("model").asText("story"));
    }

    /** How one message stands in a chat's prompt. */
    static String turn(String role, String content) {
        return role + ": " + content + "\n";
    }

    /** Whether it is a stream that reasoning goes before. */
    boolean thinks() {
        return chat && said.isEmpty() && prompt.contains(THINK);
    }

    /** Words of the prompt and of what is said: both were read. */
    int promptTokens(int saidWords) {
        return promptTokens(prompt) + saidWords;
    }

    /** Words of a prompt, those of the roles with them. */
    static int promptTokens(String prompt) {
        return prompt.isBlank() ? 0 : prompt.strip().split("\\s+").length;
    }

    /** The prompt's beginning, to know it again. */
    String shown() {
        return prompt.length() > SHOWN ? prompt.substring(0, SHOWN) : prompt;
    }

    private static String content(JsonNode turn) {
        JsonNode content = turn.path("content");
        if (!content.isArray()) {
            return content.asText();
        }
        StringBuilder all = new StringBuilder();
        content.forEach(part -> all.append(part.path("text").asText()));
        return all.toString();
    }

    private static String saidToMillrace(JsonNode millrace) {
        if (millrace.has("said_text")) {
            return millrace.get("said_text").asText();
        }
        return Story.text(StreamSupport.stream(millrace.path("said").spliterator(), false).mapToInt(JsonNode::asInt).toArray());
    }

    private static List<String> stops(JsonNode stop) {
        if (stop.isTextual()) {
            return List.of(stop.asText());
        }
        return StreamSupport.stream(stop.spliterator(), false).map(JsonNode::asText).toList();
    }
}
