package io.millrace.connector.engine;

/**
 * One engine: a model in memory, its KV cache, and the slots in which sequences live.
 *
 * <p><b>Threads.</b> One thread at a time calls {@link #step}; {@link #abort}, {@link #model} and {@link #tokenizer}
 * may be called from any thread while a step runs. <b>Who closes:</b> whoever got the connection; closing releases
 * every slot and gives the engine back to its pool, and closing twice is harmless.
 */
public interface EngineConnection extends AutoCloseable {

    /** What is loaded; constant while the connection is open. */
    ModelInfo model();

    /** What the snapshots that it saves and restores are like; constant while the connection is open. */
    KvFormat kvFormat();

    /** The model's vocabulary; thread-safe, usable until the connection closes. */
    Tokenizer tokenizer();

    /**
     * Carries out one plan and blocks until it is done.
     *
     * <p>Work that computes nothing (open, fork, trim, restore, save, release) is applied first, in the order of the
     * plan; then every prefill and decode of the plan goes through the model as <em>one</em> batch, which is applied
     * as a whole or not at all. A slot that fails alone is reported as {@link SlotOutcome.Failed}; its sequence must be
     * released by the caller, the others of the batch are unharmed.
     *
     * @throws EngineException with {@link EngineException.Code#ENGINE_LOST} when the engine can't go on: every slot
     *         is gone, the connection is dead and must be closed
     * @throws IllegalArgumentException when the plan itself is wrong (unknown slot, slot opened twice, more tokens
     *         than {@link ModelInfo#maxStepTokens}, token outside the vocabulary); nothing of it was applied
     */
    StepResult step(StepPlan plan) throws EngineException;

    /** Asks the running step, if any, to end early as {@link StepResult.Aborted}; returns at once. */
    void abort();

    @Override void close();
}
