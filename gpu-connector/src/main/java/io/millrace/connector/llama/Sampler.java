package io.millrace.connector.llama;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotWork;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * How one slot chooses its tokens. Used by the thread that runs the step.
 *
 * <p>All but the grammar is done in Java, with llama.cpp's formulas: its samplers would look each of 150,000 tokens up
 * in a hash table for a penalty, and sort them for top-p. What a {@link Shortlist} leaves goes into a {@link Race} at
 * the wanted temperature. The only state is how many tokens were chosen and where the grammar stands, so a sampler can
 * be opened in the middle of an answer.
 *
 * <p>With a grammar the token is chosen first and the grammar asked about that one; only when it refuses is the grammar
 * put before the choice. llama.cpp's server does the same: a grammar's look at a whole vocabulary takes longer than a
 * decode, and the likeliest token is the same either way. {@code llama_sampler_accept} on a token that the grammar
 * forbids would throw through Java and end the process, so no token is accepted that was not allowed before.
 */
final class Sampler implements AutoCloseable {

    /** Tokens of the prompt and the answer that penalties look back on. */
    private static final int PENALTY_WINDOW = 64;

    /** Below this, dividing by the temperature overflows and "the likeliest" is what remains. */
    private static final float COLDEST = 1e-3f;

    /** A grammar can be so ambiguous that each character doubles the work; it is given up before it stops everybody. */
    private static final long GRAMMAR_PATIENCE_NANOS = 500_000_000L;

    private final Library library;
    private final Pieces pieces;
    private final Sampling sampling;
    private final MemorySegment grammar;
    private long chosen;

    private Sampler(Library library, Pieces pieces, Sampling sampling, MemorySegment grammar) {
        this.library = library;
        this.pieces = pieces;
        this.sampling = sampling;
        this.grammar = grammar;
    }

    /**
     * @throws EngineException with code GRAMMAR when the grammar can't be used or doesn't allow what was said
     */
    static Sampler open(Library library, Vocabulary vocabulary, Candidates candidates, SlotWork.Open open)
            throws EngineException {
        Sampling sampling = open.sampling();
        MemorySegment grammar = grammar(library, vocabulary, sampling.grammar());
        Sampler sampler = new Sampler(library, vocabulary.pieces(), sampling, grammar);
        try {
            sampler.resume(candidates, open.said());
            return sampler;
        } catch (EngineException e) {
            sampler.close();
            throw e;
        }
    }

    private static MemorySegment grammar(Library library, Vocabulary vocabulary, String text) throws EngineException {
        if (text == null) {
            return MemorySegment.NULL;
        }
        String fault = Grammar.fault(text);
        if (fault != null) {
            throw new EngineException(Code.GRAMMAR, "the grammar can't be used: " + fault);
        }
        try (Arena arena = Arena.ofConfined()) {
            NativeLog.forget();
            MemorySegment sampler = library.samplerInitGrammar(vocabulary.vocab(), arena.allocateFrom(text),
                    arena.allocateFrom(Grammar.ROOT));
            if (sampler.equals(MemorySegment.NULL)) {
                throw new EngineException(Code.GRAMMAR, "the grammar can't be used: "
                        + NativeLog.takeError("llama.cpp can't parse it"));
            }
            return sampler;
        }
    }

    private void resume(Candidates candidates, int[] said) throws EngineException {
        chosen = said.length;
        if (grammar.equals(MemorySegment.NULL)) {
            return;
        }
        for (int i = 0; i < said.length; i++) {
            long start = System.nanoTime();
            if (!allows(candidates, said[i])) {
                throw new EngineException(Code.GRAMMAR, "the grammar doesn't allow token " + said[i]
                        + ", which is number " + (i + 1) + " of what was said before");
            }
            accept(said[i], start);
        }
    }

    /**
     * Chooses the token that follows {@code history}.
     *
     * @param logits  of every token, changed by this call
     * @param history the slot's tokens, of which {@code length} count
     * @throws EngineException with code LOGITS when a logit is no number, with code GRAMMAR when the grammar allows no
     *         token
     */
    int choose(Candidates candidates, Shortlist shortlist, float[] logits, int[] history, int length)
            throws EngineException {
        int likeliest = Logits.argMax(logits);
        if (likeliest < 0) {
            throw new EngineException(Code.LOGITS, "the model gave logits that are no numbers");
        }
        if (adjust(logits, history, length)) {
            likeliest = Logits.argMax(logits);
        }
        int token = pick(shortlist, logits, likeliest);
        if (!grammar.equals(MemorySegment.NULL)) {
            token = obey(candidates, shortlist, logits, token);
        }
        chosen++;
        return token;
    }

    private boolean adjust(float[] logits, int[] history, int length) {
        sampling.logitBias().forEach((token, bias) -> logits[token] += bias);
        boolean penalises = sampling.repeatPenalty() != 1 || sampling.frequencyPenalty() != 0
                || sampling.presencePenalty() != 0;
        if (penalises) {
            Map<Integer, Integer> counts = new HashMap<>();
            for (int i = Math.max(0, length - PENALTY_WINDOW); i < length; i++) {
                counts.merge(history[i], 1, Integer::sum);
            }
            counts.forEach((token, count) -> logits[token] = penalised(logits[token], count));
        }
        return penalises || !sampling.logitBias().isEmpty();
    }

    /** {@code llama_sampler_init_penalties}: a negative logit is multiplied, since dividing would favour it. */
    private float penalised(float logit, int count) {
        float repeated = logit <= 0 ? logit * sampling.repeatPenalty() : logit / sampling.repeatPenalty();
        return repeated - count * sampling.frequencyPenalty() - sampling.presencePenalty();
    }

    /** A second pick for the same token, once a grammar has spoken, is as random as if it had been the first. */
    private int pick(Shortlist shortlist, float[] logits, int likeliest) {
        if (sampling.temperature() < COLDEST) {
            return likeliest;
        }
        Race race = new Race(sampling.seed(), chosen, likeliest, logits[likeliest], sampling.temperature());
        if (sampling.topK() == 0 && sampling.topP() == 1 && sampling.minP() == 0) {
            race.enter(logits);
        } else {
            shortlist.fill(logits, likeliest, sampling.topK());
            shortlist.keepTopP(sampling.topP());
            shortlist.keepMinP(sampling.minP());
            shortlist.enter(race);
        }
        return race.winner();
    }

    private int obey(Candidates candidates, Shortlist shortlist, float[] logits, int chosen) throws EngineException {
        long start = System.nanoTime();
        int token = chosen;
        if (!allows(candidates, token)) {
            forbid(candidates, logits);
            int likeliest = Logits.argMax(logits);
            if (likeliest < 0) {
                throw new EngineException(Code.GRAMMAR, "the grammar allows no token of the vocabulary here");
            }
            token = pick(shortlist, logits, likeliest);
        }
        accept(token, start);
        return token;
    }

    /** Of a token that is allowed. */
    private void accept(int token, long start) throws EngineException {
        library.samplerAccept(grammar, token);
        if (System.nanoTime() - start > GRAMMAR_PATIENCE_NANOS) {
            throw new EngineException(Code.GRAMMAR, "the grammar is too ambiguous: one token took more than "
                    + GRAMMAR_PATIENCE_NANOS / 1_000_000 + " ms");
        }
    }

    /** llama.cpp reads a token that holds a zero only up to there when it asks, and as a whole when it accepts. */
    private boolean allows(Candidates candidates, int token) {
        if (pieces.hasZero(token)) {
            return false;
        }
        candidates.fill(token, 0);
        library.samplerApply(grammar, candidates.array());
        return candidates.isFirstAllowed();
    }

    private void forbid(Candidates candidates, float[] logits) {
        candidates.fill(logits);
        library.samplerApply(grammar, candidates.array());
        candidates.copyTo(logits);
        for (int token : pieces.withZero()) {
            logits[token] = Float.NEGATIVE_INFINITY;
        }
    }

    @Override public void close() {
        library.samplerFree(grammar);
    }
}
