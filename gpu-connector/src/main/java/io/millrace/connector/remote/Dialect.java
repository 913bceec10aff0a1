package io.millrace.connector.remote;

/**
 * What a server understands beyond the common protocol: which sampling fields, and how it is told to go on with an
 * answer of which a part was already given.
 */
public enum Dialect {

    /** Another Millrace: names each piece's tokens, and continues after exactly these. */
    MILLRACE(true),
    /** vLLM's {@code continue_final_message} (its OpenAI-compatible server, "Extra parameters"). */
    VLLM(true),
    /** SGLang's {@code continue_final_message}. */
    SGLANG(true),
    /** llama.cpp's server continues a trailing assistant message by itself. */
    LLAMA(true),
    /** DeepSeek's "chat prefix completion (beta)", below {@code /beta}. */
    DEEPSEEK(true),
    /** Only {@code completions}: the text so far is a part of the prompt. Chats are refused. */
    COMPLETIONS(true),
    /** Nothing is known beyond the common protocol: a broken answer begins again. */
    OPENAI(false);

    private final boolean continues;

    Dialect(boolean continues) {
        this.continues = continues;
    }

    /** Whether {@link RemoteCall#said} may be more than empty. */
    public boolean continues() {
        return continues;
    }
}
