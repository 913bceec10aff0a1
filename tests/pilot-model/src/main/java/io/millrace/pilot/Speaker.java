package io.millrace.pilot;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.llama.LlamaEngine;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Talks to a model through the product's own adapter to llama.cpp, greedily. Used by one thread, which closes it. */
final class Speaker implements AutoCloseable {

    private static final int LONGEST_ANSWER = 120;
    private static final SlotId SLOT = new SlotId(0);

    private final EngineConnection engine;

    Speaker(Path model, Path natives) throws EngineException {
        engine = LlamaEngine.open(new EngineSpec(EngineSpec.Kind.LLAMA, natives, model, 2048, 1, 512, 1,
                EngineSpec.KvType.F16, true, EngineSpec.Toggle.AUTO, 0));
    }

    /** The answer to the last of several questions; those before it are asked, and answered by the model, in turn. */
    String answer(List<String> questions) throws EngineException {
        List<Tokenizer.Turn> turns = new ArrayList<>();
        String answer = "";
        for (String question : questions) {
            turns.add(new Tokenizer.Turn("user", question));
            answer = answerTo(turns);
            turns.add(new Tokenizer.Turn("assistant", answer));
        }
        return answer;
    }

    private String answerTo(List<Tokenizer.Turn> turns) throws EngineException {
        Tokenizer tokenizer = engine.tokenizer();
        int[] prompt = tokenizer.encode(tokenizer.chat(turns, true), true, true);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        step(new SlotWork.Open(SLOT, Sampling.GREEDY));
        int token = sampled(step(new SlotWork.Prefill(SLOT, prompt, true)));
        for (int i = 0; i < LONGEST_ANSWER && !tokenizer.endsGeneration(token); i++) {
            bytes.writeBytes(tokenizer.bytes(token));
            token = sampled(step(new SlotWork.Decode(SLOT, token)));
        }
        step(new SlotWork.Release(SLOT));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Tokens of one stream in a second, measured over {@code count} tokens. */
    double tokensPerSecond(int count) throws EngineException {
        step(new SlotWork.Open(SLOT, Sampling.GREEDY));
        int token = sampled(step(new SlotWork.Prefill(SLOT, engine.tokenizer().encode("Hello", true, true), true)));
        long started = System.nanoTime();
        for (int i = 0; i < count; i++) {
            token = sampled(step(new SlotWork.Decode(SLOT, token)));
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        step(new SlotWork.Release(SLOT));
        return count / seconds;
    }

    private List<SlotOutcome> step(SlotWork work) throws EngineException {
        return switch (engine.step(new StepPlan(List.of(work)))) {
            case StepResult.Done done -> done.outcomes();
            case StepResult other -> throw new IllegalStateException("the step ended as " + other);
        };
    }

    private static int sampled(List<SlotOutcome> outcomes) {
        return ((SlotOutcome.Sampled) outcomes.getFirst()).token();
    }

    @Override public void close() {
        engine.close();
    }
}
