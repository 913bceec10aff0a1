package io.millrace.connector.llama;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.KvFormat;
import io.millrace.connector.engine.ModelInfo;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.gguf.GgufFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An engine on llama.cpp: one model, one KV cache.
 *
 * <p><b>Threads.</b> {@link #step} may move from thread to thread but runs on one at a time; a second one at the same
 * time gets an {@link IllegalStateException}. {@link #abort}, {@link #model}, {@link #tokenizer} and {@link #close} may
 * be called from any thread at any time; closing aborts a running step and waits for it.
 *
 * <p><b>Numbers.</b> llama.cpp adds in another order for another number of tokens, so the same sequence may go on
 * differently at a near tie, depending on what is in the batch; flash attention of chunks below 64 tokens rounds most.
 * A sequence whose logits are no numbers fails alone, except without flash attention in a unified cache, where it takes
 * the others of its step with it; releasing all of them heals the cache.
 *
 * <p><b>After closing</b> or after ENGINE_LOST every step throws ENGINE_LOST and the tokenizer throws
 * {@link IllegalStateException}; native memory is freed by closing.
 */
public final class LlamaEngine implements EngineConnection {

    private final ModelInfo info;
    private final KvFormat kvFormat;
    private final Model model;
    private final Context context;
    private final Vocabulary vocabulary;
    private final Step.Bench bench;
    private final AbortFlag abort;
    private final Arena arena;
    private final ReentrantLock stepping = new ReentrantLock();
    private final Object abortOrder = new Object();
    private boolean running;
    private volatile boolean closed;
    private boolean freed;
    private volatile String lost;

    private LlamaEngine(Parts parts, ModelInfo info, KvFormat kvFormat) {
        this.info = info;
        this.kvFormat = kvFormat;
        this.model = parts.model;
        this.context = parts.context;
        this.vocabulary = parts.vocabulary;
        this.abort = parts.abort;
        this.arena = parts.arena;
        Slot[] slots = new Slot[info.slots()];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = new Slot(i);
        }
        this.bench = new Step.Bench(model.library(), context, vocabulary, slots,
                new Batch(arena, info.maxStepTokens()), new Candidates(arena, info.vocabulary()),
                new Shortlist(info.vocabulary()), new Snapshots(parts.identity), new float[info.vocabulary()],
                new AtomicBoolean());
    }

    /**
     * Loads the model (mapped, not copied) and allocates its KV cache; takes from milliseconds to minutes.
     *
     * @param spec {@link EngineSpec#contextTokens} 0 means the trained context, for each slot as far as 256 MiB cache
     *             that, else for one, but at most what a quarter of the machine's memory can cache; {@link EngineSpec#threads} 0 means one thread for weights of less than
     *             50 MB, where waking others costs more than they compute, else every physical processor
     * @throws EngineException NATIVE_LIBRARY, MODEL_MISSING, MODEL_DAMAGED, MODEL_UNSUPPORTED or OUT_OF_MEMORY; nothing
     *         stays allocated
     */
    public static LlamaEngine open(EngineSpec spec) throws EngineException {
        Library library = Library.open(spec.natives());
        GgufFile file = GgufFile.read(spec.model());
        Sizing sizing = Sizing.of(file, spec);
        Parts parts = new Parts();
        try {
            parts.open(library, file, spec, sizing);
            return new LlamaEngine(parts, info(parts, file, spec),
                    new KvFormat(parts.identity, file.kvBytesPerToken(spec.kvType())));
        } catch (EngineException | RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    /**
     * Memory that an engine of this spec takes, an estimate from above, in bytes: weights, KV cache and buffers. Reads
     * the file's header only.
     *
     * @throws EngineException as {@link GgufFile#read} does
     */
    public static long neededBytes(EngineSpec spec) throws EngineException {
        GgufFile file = GgufFile.read(spec.model());
        return file.weightBytes() + file.workingBytes(spec, Sizing.contextTokens(file, spec));
    }

    /** Memory of this machine, or of the container around this process, that could be had now, in bytes. */
    public static long availableBytes() {
        return Sizing.availableBytes();
    }

    /** What has been opened so far, so that a failure half-way can close it again, in the opposite order. */
    private static final class Parts {
        private final Arena arena = Arena.ofShared();
        private final AbortFlag abort = new AbortFlag(arena);
        private Model model;
        private Context context;
        private Vocabulary vocabulary;
        private String identity;

        void open(Library library, GgufFile file, EngineSpec spec, Sizing sizing) throws EngineException {
            model = Model.load(library, file, spec);
            context = Context.create(model, spec, sizing.contextTokens(), sizing.threads(), abort);
            vocabulary = new Vocabulary(model, file);
            identity = Identity.of(file, spec);
        }

        void close() {
            if (context != null) {
                context.close();
            }
            if (model != null) {
                model.close();
            }
            arena.close();
        }
    }

    private static ModelInfo info(Parts parts, GgufFile file, EngineSpec spec) {
        return new ModelInfo(file.name(), file.architecture(), file.quantisation(), parts.model.parameters(),
                parts.model.weightBytes(), parts.vocabulary.size(), parts.model.trainedContext(),
                parts.context.tokens(), slotTokens(parts), spec.allSlots(), spec.maxStepTokens(),
                parts.context.canShift(), device(parts.model.library(), spec), onGpu(parts.model.library(), spec));
    }

    /** A sequence may not outgrow what the model was trained for, however many cells there are. */
    private static int slotTokens(Parts parts) {
        int trained = parts.model.trainedContext();
        return trained > 0 ? Math.min(trained, parts.context.slotTokens()) : parts.context.slotTokens();
    }

    private static String device(Library library, EngineSpec spec) {
        return library.deviceDescription(library.device(onGpu(library, spec) ? Library.DEVICE_GPU : Library.DEVICE_CPU));
    }

    private static boolean onGpu(Library library, EngineSpec spec) {
        return spec.gpuLayers() != 0 && !library.device(Library.DEVICE_GPU).equals(MemorySegment.NULL);
    }

    @Override public ModelInfo model() {
        return info;
    }

    @Override public KvFormat kvFormat() {
        return kvFormat;
    }

    @Override public Tokenizer tokenizer() {
        return vocabulary;
    }

    /** See {@link EngineConnection#step}; {@code llama_decode} of {@code llama.h} does the computing. */
    @Override public StepResult step(StepPlan plan) throws EngineException {
        if (!stepping.tryLock()) {
            requireAlive();
            throw new IllegalStateException("another thread runs a step of this engine");
        }
        try {
            requireAlive();
            PlanCheck.check(plan, info, bench.slots());
            begin();
            return new Step(bench, plan).run(abort);
        } catch (EngineException e) {
            if (e.code() == Code.ENGINE_LOST) {
                lost = e.getMessage();
            }
            throw e;
        } finally {
            end();
            stepping.unlock();
        }
    }

    private void requireAlive() throws EngineException {
        if (closed) {
            throw new EngineException(Code.ENGINE_LOST, "the engine is closed");
        }
        if (lost != null) {
            throw new EngineException(Code.ENGINE_LOST, "the engine is lost: " + lost);
        }
    }

    private void begin() {
        synchronized (abortOrder) {
            abort.lower();
            running = true;
        }
    }

    private void end() {
        synchronized (abortOrder) {
            running = false;
        }
    }

    @Override public void abort() {
        synchronized (abortOrder) {
            if (running) {
                abort.raise();
            }
        }
    }

    @Override public void close() {
        closed = true;
        vocabulary.close();
        abort();
        stepping.lock();
        try {
            if (!freed) {
                freed = true;
                free();
            }
        } finally {
            stepping.unlock();
        }
    }

    private void free() {
        for (Slot slot : bench.slots()) {
            slot.release();
        }
        context.close();
        model.close();
        arena.close();
    }
}
