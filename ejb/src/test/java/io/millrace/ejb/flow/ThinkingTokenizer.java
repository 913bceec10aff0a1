package io.millrace.ejb.flow;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import java.util.List;
import java.util.stream.IntStream;

/** Each byte is a token, and each tag one, which has no bytes of its own, as control tokens have none. */
public final class ThinkingTokenizer implements Tokenizer {

    public static final int OPEN = 1_000;
    public static final int CLOSE = 1_001;

    private final Tokenizer bytes = new SimulatedEngine(1, 256, 16, Faults.none()).tokenizer();

    @Override
    public int[] encode(String text, boolean special, boolean markers) {
        if (markers) {
            for (String tag : List.of(ThinkTags.OPEN, ThinkTags.CLOSE)) {
                int at = text.indexOf(tag);
                if (at >= 0) {
                    return IntStream.concat(IntStream.concat(IntStream.of(encode(text.substring(0, at), special, true)),
                            IntStream.of(tag.equals(ThinkTags.OPEN) ? OPEN : CLOSE)),
                            IntStream.of(encode(text.substring(at + tag.length()), false, true))).toArray();
                }
            }
        }
        return text.isEmpty() ? new int[0] : bytes.encode(text, special, markers);
    }

    @Override
    public boolean hasMarkers(String text) {
        return text.contains(ThinkTags.OPEN) || text.contains(ThinkTags.CLOSE);
    }

    @Override
    public byte[] bytes(int token) {
        return token >= OPEN ? new byte[0] : bytes.bytes(token);
    }

    @Override
    public boolean endsGeneration(int token) {
        return bytes.endsGeneration(token);
    }

    @Override
    public String chat(List<Turn> turns, boolean openAnswer) throws EngineException {
        return bytes.chat(turns, openAnswer);
    }

    @Override
    public int longestTokenBytes() {
        return bytes.longestTokenBytes();
    }
}
