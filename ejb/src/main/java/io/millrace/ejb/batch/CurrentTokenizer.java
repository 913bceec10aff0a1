package io.millrace.ejb.batch;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.Tokenizer;
import java.util.List;
import java.util.function.Supplier;

/**
 * The tokenizer of the engine that there is at the moment of each call: an engine's own one ends with it, but answers go on
 * in the engine that takes its place. Thread-safe.
 */
record CurrentTokenizer(Supplier<Tokenizer> current) implements Tokenizer {

    @Override
    public int[] encode(String text, boolean special, boolean markers) {
        return current.get().encode(text, special, markers);
    }

    @Override
    public boolean hasMarkers(String text) {
        return current.get().hasMarkers(text);
    }

    @Override
    public byte[] bytes(int token) {
        return current.get().bytes(token);
    }

    @Override
    public boolean endsGeneration(int token) {
        return current.get().endsGeneration(token);
    }

    @Override
    public String chat(List<Turn> turns, boolean openAnswer) throws EngineException {
        return current.get().chat(turns, openAnswer);
    }

    @Override
    public int longestTokenBytes() {
        return current.get().longestTokenBytes();
    }
}
