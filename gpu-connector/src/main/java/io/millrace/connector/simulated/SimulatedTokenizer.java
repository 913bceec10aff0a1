package io.millrace.connector.simulated;

import io.millrace.connector.engine.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One token a byte; token 256 ends a generation. */
final class SimulatedTokenizer implements Tokenizer {

    static final int END = 256;
    static final int VOCABULARY = 257;

    @Override
    public int[] encode(String text, boolean special, boolean markers) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] tokens = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            tokens[i] = Byte.toUnsignedInt(bytes[i]);
        }
        return tokens;
    }

    @Override
    public boolean hasMarkers(String text) {
        return false;
    }

    @Override
    public byte[] bytes(int token) {
        return token == END ? new byte[0] : new byte[] {(byte) token};
    }

    @Override
    public boolean endsGeneration(int token) {
        return token == END;
    }

    @Override
    public String chat(List<Turn> turns, boolean openAnswer) {
        return String.join("\n", turns.stream().map(Turn::content).toList());
    }

    @Override
    public int longestTokenBytes() {
        return 1;
    }
}
