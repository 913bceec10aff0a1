package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.Sampling;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * How one slot chooses its tokens: a {@code llama_sampler} chain and, beside it, a grammar. Used by the thread that
 * runs the step.
 *
 * <p>With a grammar the chain chooses first and the grammar is asked about that one token; only when it refuses is the
 * grammar put before the chain. llama.cpp's server does the same: a grammar's look at a whole vocabulary takes longer
 * than a decode, and the likeliest token is the same either way. {@code llama_sampler_accept} on a token that the
 * grammar forbids would throw through Java and end the process, so no token is accepted that was not allowed before.
 *
 * <p>Plain greedy sampling has no chain at all: the greatest logit is found in Java.
 */
final class Sampler implements AutoCloseable {

    /** Tokens of the prompt and the answer that penalties look back on. */
    private static final int PENALTY_WINDOW = 64;

    /** Below this, dividing by the temperature overflows and "the likeliest" is what remains. */
    private static final float COLDEST = 1e-3f;

    /** {@code LLAMA_DEFAULT_SEED} would mean a random seed. */
    private static final int RANDOM_SEED = 0xFFFFFFFF;

    /** A grammar can be so ambiguous that each character doubles the work; it is given up before it stops everybody. */
    private static final long GRAMMAR_PATIENCE_NANOS = 500_000_000L;

    private final Library library;
    private final Pieces pieces;
    private final MemorySegment chain;
    private final MemorySegment penalties;
    private final MemorySegment grammar;

    private Sampler(Library library, Pieces pieces, MemorySegment chain, MemorySegment penalties,
                    MemorySegment grammar) {
        this.library = library;
        this.pieces = pieces;
        this.chain = chain;
        this.penalties = penalties;
        this.grammar = grammar;
    }

    /** @throws EngineException with code GRAMMAR when the grammar can't be used */
    static Sampler open(Library library, Vocabulary vocabulary, Sampling sampling) throws EngineException {
        MemorySegment grammar = grammar(library, vocabulary, sampling.grammar());
        if (isPlainGreedy(sampling)) {
            return new Sampler(library, vocabulary.pieces(), MemorySegment.NULL, MemorySegment.NULL, grammar);
        }
        MemorySegment chain = chain(library);
        if (!sampling.logitBias().isEmpty()) {
            library.samplerChainAdd(chain, logitBias(library, vocabulary.size(), sampling.logitBias()));
        }
        MemorySegment penalties = MemorySegment.NULL;
        if (penalises(sampling)) {
            penalties = library.samplerInitPenalties(vocabulary.size(), PENALTY_WINDOW, sampling.repeatPenalty(),
                    sampling.frequencyPenalty(), sampling.presencePenalty());
            library.samplerChainAdd(chain, penalties);
        }
        addChoice(library, chain, sampling);
        return new Sampler(library, vocabulary.pieces(), chain, penalties, grammar);
    }

    private static MemorySegment chain(Library library) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(Abi.SAMPLER_CHAIN_PARAMS);
            params.set(JAVA_BOOLEAN, Abi.SAMPLER_CHAIN_NO_PERF, true);
            return library.samplerChainInit(params);
        }
    }

    private static void addChoice(Library library, MemorySegment chain, Sampling sampling) {
        if (sampling.temperature() < COLDEST) {
            library.samplerChainAdd(chain, library.samplerInitGreedy());
            return;
        }
        if (sampling.topK() > 0) {
            library.samplerChainAdd(chain, library.samplerInitTopK(sampling.topK()));
        }
        if (sampling.topP() < 1) {
            library.samplerChainAdd(chain, library.samplerInitTopP(sampling.topP()));
        }
        if (sampling.minP() > 0) {
            library.samplerChainAdd(chain, library.samplerInitMinP(sampling.minP()));
        }
        library.samplerChainAdd(chain, library.samplerInitTemp(sampling.temperature()));
        library.samplerChainAdd(chain, library.samplerInitDist(seed(sampling.seed())));
    }

    private static int seed(long seed) {
        int folded = Long.hashCode(seed);
        return folded == RANDOM_SEED ? 0 : folded;
    }

    private static boolean penalises(Sampling sampling) {
        return sampling.repeatPenalty() != 1 || sampling.frequencyPenalty() != 0 || sampling.presencePenalty() != 0;
    }

    private static boolean isPlainGreedy(Sampling sampling) {
        return sampling.temperature() < COLDEST && sampling.logitBias().isEmpty() && !penalises(sampling);
    }

    private static MemorySegment logitBias(Library library, int vocabulary, Map<Integer, Float> biases) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment array = arena.allocate(Abi.LOGIT_BIAS_SIZE * biases.size(), Long.BYTES);
            long i = 0;
            for (Map.Entry<Integer, Float> bias : biases.entrySet()) {
                array.setAtIndex(JAVA_INT, i++, bias.getKey());
                array.setAtIndex(JAVA_FLOAT, i++, bias.getValue());
            }
            return library.samplerInitLogitBias(vocabulary, biases.size(), array);
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

    /**
     * Chooses the token that follows {@code history}.
     *
     * @param logits  of every token; the greatest is {@code max}, a number
     * @param history the slot's tokens, of which {@code length} count
     * @throws EngineException with code GRAMMAR when the grammar allows no token
     */
    int choose(Candidates candidates, float[] logits, float max, int[] history, int length) throws EngineException {
        recall(history, length);
        int token = pick(candidates, logits, max);
        if (grammar.equals(MemorySegment.NULL)) {
            return token;
        }
        long start = System.nanoTime();
        if (!allows(candidates, token)) {
            token = pickAllowed(candidates, logits);
        }
        library.samplerAccept(grammar, token);
        if (System.nanoTime() - start > GRAMMAR_PATIENCE_NANOS) {
            throw new EngineException(Code.GRAMMAR, "the grammar is too ambiguous: one token took more than "
                    + GRAMMAR_PATIENCE_NANOS / 1_000_000 + " ms");
        }
        return token;
    }

    /** Penalties follow the slot's real tokens, whatever was forked, cut or restored since the last choice. */
    private void recall(int[] history, int length) {
        if (!penalties.equals(MemorySegment.NULL)) {
            library.samplerReset(penalties);
            for (int i = Math.max(0, length - PENALTY_WINDOW); i < length; i++) {
                library.samplerAccept(penalties, history[i]);
            }
        }
    }

    private int pick(Candidates candidates, float[] logits, float max) {
        if (chain.equals(MemorySegment.NULL)) {
            return Logits.indexOf(logits, max);
        }
        candidates.fill(logits);
        library.samplerApply(chain, candidates.array());
        int token = candidates.selected();
        return token >= 0 ? token : Logits.indexOf(logits, max);
    }

    private boolean allows(Candidates candidates, int token) {
        if (pieces.hasZero(token)) {
            return false;
        }
        candidates.fill(token, 0);
        library.samplerApply(grammar, candidates.array());
        return candidates.best() == token;
    }

    private int pickAllowed(Candidates candidates, float[] logits) throws EngineException {
        candidates.fill(logits);
        candidates.forbid(pieces::hasZero);
        library.samplerApply(grammar, candidates.array());
        int token = candidates.best();
        if (token < 0) {
            throw new EngineException(Code.GRAMMAR, "the grammar allows no token of this model's vocabulary here");
        }
        if (chain.equals(MemorySegment.NULL)) {
            return token;
        }
        library.samplerApply(chain, candidates.array());
        int chosen = candidates.selected();
        return chosen >= 0 ? chosen : token;
    }

    @Override public void close() {
        library.samplerFree(chain);
        library.samplerFree(grammar);
    }
}
