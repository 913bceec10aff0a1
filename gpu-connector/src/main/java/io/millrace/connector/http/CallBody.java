package io.millrace.connector.http;

import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.Prompt;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteException;
import jakarta.json.Json;
import jakarta.json.stream.JsonGenerator;
import jakarta.json.stream.JsonGeneratorFactory;
import java.io.ByteArrayOutputStream;
import java.util.Map;

/**
 * A call as the server reads it (OpenAI reference, "Create chat completion" and "Create completion"), and where it goes.
 *
 * @param path below the base address
 * @param beta whether it goes below DeepSeek's {@code /beta} in place of {@code /v1} (DeepSeek reference, "Chat Prefix
 *             Completion" and "FIM Completion")
 * @param json UTF-8
 */
record CallBody(String path, boolean beta, byte[] json) {

    private static final JsonGeneratorFactory GENERATORS = Json.createGeneratorFactory(Map.of());

    /** @throws RemoteException with {@code UNSUPPORTED} when the dialect can't carry the call */
    static CallBody of(String server, Dialect dialect, RemoteCall call) throws RemoteException {
        String obstacle = obstacle(dialect, call);
        if (obstacle != null) {
            throw new RemoteException(RemoteException.Code.UNSUPPORTED, server + " (" + dialect + ") can't take this call: " + obstacle);
        }
        boolean chat = call.prompt() instanceof Prompt.Chat;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = GENERATORS.createGenerator(bytes)) {
            json.writeStartObject().write("model", call.model());
            json.write("stream", true).writeStartObject("stream_options").write("include_usage", true).writeEnd();
            prompt(json, dialect, call);
            if (call.maxTokens() > 0) {
                json.write("max_tokens", call.maxTokens());
            }
            if (!call.stop().isEmpty()) {
                json.writeStartArray("stop");
                call.stop().forEach(json::write);
                json.writeEnd();
            }
            if (call.user() != null && dialect != Dialect.DEEPSEEK) {
                json.write("user", call.user());
            }
            new SamplingFields(json, dialect, call.sampling()).write(call, chat);
            json.writeEnd();
        }
        boolean beta = dialect == Dialect.DEEPSEEK && (!chat || call.continues());
        return new CallBody(chat ? "chat/completions" : "completions", beta, bytes.toByteArray());
    }

    /** Why the dialect can't carry the call, or null. */
    private static String obstacle(Dialect dialect, RemoteCall call) {
        if (call.continues() && !dialect.continues()) {
            return "it can't go on with an answer that was begun";
        }
        return switch (call.prompt()) {
            case Prompt.Chat _ -> dialect == Dialect.COMPLETIONS ? "it knows no chats" : null;
            case Prompt.Text _ -> null;
            case Prompt.Tokens _ when dialect == Dialect.DEEPSEEK -> "it takes no tokens";
            case Prompt.Tokens _ -> !call.said().isEmpty() && call.saidTokens() == null
                    ? "a prompt of tokens goes on only with tokens" : null;
        };
    }

    private static void prompt(JsonGenerator json, Dialect dialect, RemoteCall call) {
        switch (call.prompt()) {
            case Prompt.Chat chat -> messages(json, dialect, chat, call);
            case Prompt.Text text -> json.write("prompt", text.text() + call.said());
            case Prompt.Tokens tokens -> {
                json.writeStartArray("prompt");
                write(json, tokens.tokens());
                if (call.saidTokens() != null && dialect != Dialect.MILLRACE) {
                    write(json, call.saidTokens());
                }
                json.writeEnd();
            }
        }
        if (dialect == Dialect.MILLRACE) {
            ofMillrace(json, call);
        }
    }

    private static void messages(JsonGenerator json, Dialect dialect, Prompt.Chat chat, RemoteCall call) {
        json.writeStartArray("messages");
        for (Turn turn : chat.turns()) {
            json.writeStartObject().write("role", turn.role()).write("content", turn.content()).writeEnd();
        }
        if (call.continues() && dialect != Dialect.MILLRACE) {
            json.writeStartObject().write("role", "assistant").write("content", call.said());
            if (dialect == Dialect.DEEPSEEK) {
                json.write("prefix", true);
                if (!call.reasoning().isEmpty()) {
                    json.write("reasoning_content", call.reasoning());
                }
            }
            json.writeEnd();
        }
        json.writeEnd();
        if (chat.thinks() != null) {
            thinking(json, dialect, chat.thinks());
        }
        if (call.continues() && (dialect == Dialect.VLLM || dialect == Dialect.SGLANG)) {
            json.write("continue_final_message", true).write("add_generation_prompt", false);
        }
    }

    /** DeepSeek's field; else the variables of the templates of Qwen3 and of DeepSeek-V3.1. */
    private static void thinking(JsonGenerator json, Dialect dialect, boolean thinks) {
        switch (dialect) {
            case DEEPSEEK, MILLRACE -> json.writeStartObject("thinking").write("type", thinks ? "enabled" : "disabled").writeEnd();
            case VLLM, SGLANG, LLAMA -> json.writeStartObject("chat_template_kwargs").write("enable_thinking", thinks)
                    .write("thinking", thinks).writeEnd();
            case OPENAI, COMPLETIONS -> { }
        }
    }

    private static void ofMillrace(JsonGenerator json, RemoteCall call) {
        json.writeStartObject("millrace").write("tokens", true);
        if (call.continues() && !(call.prompt() instanceof Prompt.Text)) {
            if (call.saidTokens() != null) {
                json.writeStartArray("said");
                write(json, call.saidTokens());
                json.writeEnd();
            }
            // beside the tokens too, some of whose text may have been held back: it is said again after this
            json.write("said_text", call.said());
        }
        json.writeEnd();
    }

    private static void write(JsonGenerator json, int[] tokens) {
        for (int token : tokens) {
            json.write(token);
        }
    }
}
