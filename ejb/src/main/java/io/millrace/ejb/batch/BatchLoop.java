package io.millrace.ejb.batch;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.ModelInfo;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.kv.KvStore;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.Lanes;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The shell around one {@link Batcher}: the thread that owns an engine and steps it as long as there is work.
 * {@link #offer}, {@link #cancel} and {@link #drain} may be called from any thread and never wait for the engine.
 */
public final class BatchLoop implements Runnable {

    private static final Logger LOG = Logger.getLogger(BatchLoop.class.getName());
    private static final int MOST_REOPENS = 3;
    /** Steps in a row that are cut short before the engine counts as lost. */
    private static final int MOST_HANGS = 2;
    /** Deadlines of waiting requests, and states that should be on the disk, are looked at no less often than this. */
    private static final Duration IDLE_LOOK = Duration.ofMillis(250);
    /** How long a request waits at least for its beginning to be read from the disk before it is computed. */
    private static final Duration DISK_PATIENCE = Duration.ofSeconds(2);
    private static final Refusal LOST = new Refusal(Reason.ENGINE_FAILED, "The engine that served this request was lost.", null, 5);
    private static final Refusal SHUT_DOWN = new Refusal(Reason.SHUTTING_DOWN,
            "Millrace was shut down before the answer was complete; try again later.", null, 5);

    private final EngineOpener opener;
    private final Lanes<Sequence> lanes;
    private final Batcher batcher;
    private final ModelInfo model;
    private final Queue<Answer> cancelled = new ConcurrentLinkedQueue<>();
    private final Queue<String> forgotten = new ConcurrentLinkedQueue<>();
    private final Semaphore news = new Semaphore(0);
    private final BatchStats stats = new BatchStats();
    private volatile EngineConnection engine;
    private volatile boolean draining;
    private volatile boolean stopping;
    private volatile String deadBecause;
    private volatile BatchSettings settings;
    private final Tokenizer tokenizer = new CurrentTokenizer(() -> engine.tokenizer());
    private final StepWatch watch;
    private final Interruption interruption = new Interruption(() -> engine.abort());
    private int hangs;
    /** Of the engine; that of the settings differs where the engine could not be opened with it. */
    private KvType kvType;
    private KvType refused;

    /** Of which nothing goes to the disk. */
    public BatchLoop(EngineConnection engine, EngineOpener opener, Lanes<Sequence> lanes, BatchSettings settings,
                     Duration stepTimeout) {
        this(engine, opener, lanes, settings, stepTimeout, null, Duration.ZERO);
    }

    /**
     * @param engine      open and idle; this loop closes it when it ends
     * @param stepTimeout how long a step may take
     * @param store       for KV states of the past; null: they go with their cells
     * @param diskAfter   unused for so long, a state is copied there
     */
    public BatchLoop(EngineConnection engine, EngineOpener opener, Lanes<Sequence> lanes, BatchSettings settings,
                     Duration stepTimeout, KvStore store, Duration diskAfter) {
        this.engine = engine;
        this.opener = opener;
        this.lanes = lanes;
        this.settings = settings;
        this.kvType = settings.kvType();
        this.model = engine.model();
        this.batcher = new Batcher(model, lanes, settings, new Disk(store, diskAfter, DISK_PATIENCE, news::release));
        this.batcher.use(engine.kvFormat());
        this.watch = new StepWatch(stepTimeout, () -> this.engine.abort());
    }

    /**
     * Other settings from the next step on; they must suit the engine. Another KV type opens another engine first, while
     * nothing is computed; where that fails, the type stays as it is.
     */
    public void use(BatchSettings next) {
        settings = next;
        news.release();
    }

    /** What cuts hanging steps short; to be run beside this loop, ends with it. */
    public Runnable watch() {
        return watch;
    }

    /** Answers that may be written at once. */
    public int slots() {
        return settings.slots();
    }

    /** Lets the sequences of one call wait in a lane; false when it has no room for them or this loop takes no more. */
    public boolean offer(Lane lane, List<Sequence> sequences, long deadlineNanos) {
        boolean taken = lanes.offer(lane, sequences, System.nanoTime(), deadlineNanos);
        if (taken) {
            if (lane == Lane.P0) {
                interruption.ask(System.nanoTime());
            }
            news.release();
        }
        return taken;
    }

    /** Lets a sequence whose beginning was made elsewhere go on before all that wait; false when this loop takes no more. */
    public boolean goOn(Sequence sequence) {
        if (!takesMore()) {
            return false;
        }
        lanes.putBack(sequence);
        news.release();
        // whoever gave the engine up meanwhile may have looked before it waited; then it is nobody's, and comes back
        return takesMore() || lanes.removeIf(each -> each == sequence).isEmpty();
    }

    /** Whether it goes on with answers that were begun elsewhere; may be out of date when it returns. */
    public boolean takesMore() {
        return !draining && !stopping && deadBecause == null;
    }

    /** Whether a lane would take so many more; may be out of date when it returns. */
    public boolean hasRoom(Lane lane, int sequences) {
        return lanes.hasRoom(lane, sequences, 0);
    }

    /** How long somebody who comes to a lane now will probably wait for a turn. */
    public Duration outlook(Lane lane) {
        return Duration.ofNanos(batcher.pace().waitNanos(lane, lanes));
    }

    /** How long it will probably take until a full lane has room for one more. */
    public Duration nextPlace(Lane lane) {
        return Duration.ofNanos(batcher.pace().placeNanos(lane, lanes));
    }

    /** Tokens that an answer of a lane probably has. */
    public int expectedAnswer(Lane lane) {
        return batcher.pace().expectedAnswer(lane);
    }

    /** The call's reader is gone: its sequences leave before the next step. */
    public void cancel(Answer answer) {
        cancelled.add(answer);
        news.release();
    }

    /**
     * Lets the cells go that hold what was said in a conversation, before the next step, and those of its calls under way when
     * these end. What is stored of it is the store's to forget: {@link KvStore#forget}, in whatever order.
     */
    public void forget(String conversation) {
        forgotten.add(conversation);
        news.release();
    }

    /** Takes nothing new, finishes what waits and runs, then ends. */
    public void drain() {
        lanes.close();
        draining = true;
        news.release();
    }

    /** Ends now: the step in progress is cut short, what waits and runs fails, and no engine is opened any more. */
    public void stop() {
        stopping = true;
        lanes.close();
        watch.stop();
        engine.abort();
        news.release();
    }

    public ModelInfo model() {
        return model;
    }

    /** Stays of use when another engine takes the place of this one. */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    public BatchStats stats() {
        return stats;
    }

    /** Why this loop has given up its engine, or null while it hasn't. */
    public String deadBecause() {
        return deadBecause;
    }

    @Override
    public void run() {
        try {
            while (deadBecause == null && !(draining && lanes.size() == 0 && batcher.idle())) {
                if (stopping) {
                    dropCancelled();
                    giveUp("the server stops", null, SHUT_DOWN);
                } else {
                    turn();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            giveUp("the batch thread was told to stop", e, SHUT_DOWN);
        } finally {
            watch.end();
            engine.close();
            // nobody waits any more, and no engine will do what it was to be told: memory for KV states is given back
            batcher.remove(_ -> true);
            batcher.engineChanged();
        }
    }

    private void turn() throws InterruptedException {
        dropCancelled();
        for (String conversation = forgotten.poll(); conversation != null; conversation = forgotten.poll()) {
            batcher.forget(conversation);
        }
        BatchSettings next = settings;
        if (next.kvType() != kvType && next.kvType() != refused) {
            changeKvType(next.kvType());
        }
        batcher.use(next);
        long wait = batcher.waitNanos(System.nanoTime());
        if (wait > 0) {
            waitForNews(wait);
            return;
        }
        batcher.admit(System.nanoTime());
        stats.queues(batcher, lanes.size());
        if (batcher.idle() || batcher.waits()) {
            waitForNews(IDLE_LOOK.toNanos());
            return;
        }
        try {
            StepPlan plan = batcher.plan();
            long before = System.nanoTime();
            watch.stepBegins(before);
            interruption.stepBegins(before, batcher.interruptible());
            StepResult result = engine.step(plan);
            long now = System.nanoTime();
            boolean aborted = result instanceof StepResult.Aborted;
            if (interruption.stepEnds(now, aborted)) {
                stats.interrupted();
            }
            hangs = watch.stepEnds() ? hangs + 1 : 0;
            batcher.apply(plan, result, now, now - before);
            stats.step(result instanceof StepResult.Done ? plan.tokens() : 0, now - before);
            if (hangs > MOST_HANGS) {
                throw new EngineException(EngineException.Code.ENGINE_LOST, hangs + " steps in a row took too long");
            }
        } catch (EngineException e) {
            replaceEngine(e);
        } catch (RuntimeException e) {
            LOG.log(Level.SEVERE, "A step failed in a way that no engine should; the engine is replaced", e);
            replaceEngine(e);
        }
    }

    /** The type is fixed when an engine is opened: another engine takes over, or this one goes on if that can't be had. */
    private void changeKvType(KvType type) {
        try {
            EngineConnection other = opener.open(type);
            if (!other.model().equals(model)) {
                other.close();
                throw new EngineException(EngineException.Code.MODEL_UNSUPPORTED, "it would be another one: " + other.model());
            }
            EngineConnection before = engine;
            engine = other;
            kvType = type;
            refused = null;
            batcher.engineChanged();
            batcher.use(engine.kvFormat());
            before.close();
            LOG.log(Level.INFO, "The KV cache of {0} is {1} now", new Object[] {model.name(), type});
        } catch (EngineException e) {
            refused = type;
            LOG.log(Level.WARNING, "The KV cache of {0} stays {1}, an engine with {2} can''t be opened: {3}",
                    new Object[] {model.name(), kvType, type, e.getMessage()});
        }
    }

    private void waitForNews(long mostNanos) throws InterruptedException {
        news.tryAcquire(mostNanos, TimeUnit.NANOSECONDS);
        news.drainPermits();
    }

    private void dropCancelled() {
        for (Answer answer = cancelled.poll(); answer != null; answer = cancelled.poll()) {
            Answer gone = answer;
            batcher.remove(sequence -> sequence.answer() == gone);
            gone.cancelled();
        }
    }

    private void replaceEngine(Exception cause) {
        watch.stepEnds();
        interruption.stepEnds(System.nanoTime(), true);
        hangs = 0;
        if (stopping) {
            return;
        }
        LOG.log(Level.WARNING, "Engine of {0} lost: {1}", new Object[] {model.name(), cause.getMessage()});
        engine.close();
        for (int attempt = 1; attempt <= MOST_REOPENS && !stopping; attempt++) {
            try {
                engine = opener.open(kvType);
                stats.engineReplaced();
                batcher.engineReplaced();
                batcher.use(engine.kvFormat());
                return;
            } catch (EngineException e) {
                LOG.log(Level.WARNING, "Attempt {0} of {1} to open the engine again failed: {2}",
                        new Object[] {attempt, MOST_REOPENS, e.getMessage()});
                cause = e;
            }
        }
        if (!stopping) {
            giveUp("the engine was lost and could not be opened again: " + cause.getMessage(), cause, LOST);
        }
    }

    private void giveUp(String why, Exception cause, Refusal refusal) {
        LOG.log(stopping ? Level.INFO : Level.SEVERE, cause, () -> "Engine of " + model.name() + " given up: " + why);
        lanes.close();
        deadBecause = why;
        for (Sequence sequence : batcher.remove(_ -> true)) {
            if (stopping || !sequence.answer().goOnElsewhere(sequence.choice(), sequence.said())) {
                sequence.answer().fail(refusal);
            }
        }
    }
}
