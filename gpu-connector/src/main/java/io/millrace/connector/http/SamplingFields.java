package io.millrace.connector.http;

import io.millrace.connector.engine.Sampling;
import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.RemoteCall;
import jakarta.json.stream.JsonGenerator;
import java.math.BigDecimal;

/**
 * How tokens are chosen, in each dialect's names. vLLM, SGLang and llama.cpp are told even what changes nothing: left
 * to themselves they take the model's {@code generation_config.json}, and llama.cpp top-k 40, top-p 0.95 and min-p 0.05.
 * Owned by one thread.
 */
final class SamplingFields {

    /** llama.cpp's {@code LLAMA_DEFAULT_SEED}, the largest of its 32-bit seeds, asks for a random one. */
    private static final long LLAMA_SEEDS = 0xFFFF_FFFFL;

    private final JsonGenerator json;
    private final Dialect dialect;
    private final Sampling sampling;
    private final boolean tellsAll;

    SamplingFields(JsonGenerator json, Dialect dialect, Sampling sampling) {
        this.json = json;
        this.dialect = dialect;
        this.sampling = sampling;
        this.tellsAll = dialect == Dialect.VLLM || dialect == Dialect.SGLANG || dialect == Dialect.LLAMA;
    }

    void write(RemoteCall call, boolean chat) {
        write("temperature", sampling.temperature());
        writeUnless("top_p", sampling.topP(), 1);
        writeIfSet("frequency_penalty", sampling.frequencyPenalty());
        writeIfSet("presence_penalty", sampling.presencePenalty());
        if (tellsAll || dialect == Dialect.MILLRACE) {
            extended();
        }
        if (dialect != Dialect.DEEPSEEK) {
            json.write("seed", dialect == Dialect.LLAMA ? Math.floorMod(sampling.seed(), LLAMA_SEEDS) : sampling.seed());
            biases();
        }
        logprobs(chat);
        if (call.jsonObject()) {
            json.writeStartObject("response_format").write("type", "json_object").writeEnd();
        } else if (sampling.grammar() != null) {
            grammar();
        }
    }

    private void extended() {
        if (tellsAll || sampling.topK() > 0) {
            boolean python = dialect == Dialect.VLLM || dialect == Dialect.SGLANG;
            json.write("top_k", python && sampling.topK() == 0 ? -1 : sampling.topK());
        }
        writeUnless("min_p", sampling.minP(), 0);
        writeUnless(dialect == Dialect.LLAMA ? "repeat_penalty" : "repetition_penalty", sampling.repeatPenalty(), 1);
    }

    private void biases() {
        if (!sampling.logitBias().isEmpty()) {
            json.writeStartObject("logit_bias");
            sampling.logitBias().forEach((token, bias) -> write(token.toString(), bias));
            json.writeEnd();
        }
    }

    private void logprobs(boolean chat) {
        if (sampling.logprobs() >= 0 && chat) {
            json.write("logprobs", true).write("top_logprobs", sampling.logprobs());
        } else if (sampling.logprobs() >= 0) {
            json.write("logprobs", sampling.logprobs());
        }
    }

    private void grammar() {
        switch (dialect) {
            case MILLRACE, LLAMA -> json.write("grammar", sampling.grammar());
            // the name since 0.11 and the one before it: each version passes over the other's
            case VLLM -> json.writeStartObject("structured_outputs").write("grammar", sampling.grammar()).writeEnd()
                    .write("guided_grammar", sampling.grammar());
            case SGLANG -> json.write("ebnf", sampling.grammar());
            case DEEPSEEK, COMPLETIONS, OPENAI -> { }
        }
    }

    private void writeUnless(String name, float value, float neutral) {
        if (tellsAll || value != neutral) {
            write(name, value);
        }
    }

    private void writeIfSet(String name, float value) {
        if (value != 0) {
            write(name, value);
        }
    }

    /** The digits of the float: widened, 0.7 would be 0.699999988. */
    private void write(String name, float value) {
        json.write(name, new BigDecimal(Float.toString(value)));
    }
}
