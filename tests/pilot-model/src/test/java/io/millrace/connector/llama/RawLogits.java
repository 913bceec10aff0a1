package io.millrace.connector.llama;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.gguf.GgufFile;
import java.lang.foreign.Arena;

/** A model's scores and its tokeniser as llama.cpp gives them, before any sampler; lives here to reach the adapter's parts. */
public final class RawLogits implements AutoCloseable {

    private final Arena arena = Arena.ofShared();
    private final EngineSpec spec;
    private final Model model;
    private final Context context;
    private final Vocabulary vocabulary;

    public RawLogits(EngineSpec spec) throws EngineException {
        this.spec = spec;
        GgufFile file = GgufFile.read(spec.model());
        model = Model.load(Library.open(spec.natives()), file, spec);
        context = Context.create(model, spec, spec.contextTokens(), 1, new AbortFlag(arena));
        vocabulary = new Vocabulary(model, file);
    }

    public Tokenizer tokenizer() {
        return vocabulary;
    }

    /** After the last of {@code tokens}. */
    public float[] after(int[] tokens) {
        context.clear(0);
        Batch batch = new Batch(arena, spec.maxStepTokens());
        int row = -1;
        for (int i = 0; i < tokens.length; i++) {
            row = batch.add(tokens[i], i, 0, i == tokens.length - 1);
        }
        if (context.decode(batch) != Context.DONE) {
            throw new IllegalStateException("llama_decode failed");
        }
        float[] logits = new float[vocabulary.size()];
        context.logits(row, logits);
        return logits;
    }

    @Override public void close() {
        vocabulary.close();
        context.close();
        model.close();
        arena.close();
    }
}
