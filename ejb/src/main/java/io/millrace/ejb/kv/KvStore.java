package io.millrace.ejb.kv;

import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.KvState;
import io.millrace.ejb.vault.Sealer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * KV states on disk, within a budget: the least recently used file goes first. Files are written by one thread and read by
 * another; what a batch thread calls holds a short lock and does no I/O. Thread-safe.
 *
 * <p>A state that is in memory on its way to the disk or back counts against a second budget; where that is used up, states
 * are not saved, and loaded one after the other. A conversation that was forgotten is never stored again by this process.
 */
public final class KvStore {

    private static final Logger LOG = Logger.getLogger(KvStore.class.getName());
    /** Of all files, so that the index stays within about 25 MB. */
    private static final long MOST_TOKENS = 1_000_000;
    /** States that wait to be written. */
    private static final int MOST_WAITING = 8;
    /** A file is longer than its state by less than this part of it. */
    private static final int FILE_PART = 64;
    private static final long TROUBLE_NANOS = 10_000_000_000L;

    /**
     * @param diskBytes   of all files
     * @param memoryBytes of states on their way
     */
    public record Bounds(long diskBytes, long memoryBytes) {}

    /**
     * A beginning of a prompt that lies on the disk.
     *
     * @param tokens that the prompt and the file have in common
     * @param stored tokens of the file
     * @param bytes  of the file
     */
    public record Match(String name, int tokens, int stored, long bytes) {}

    private final KvFiles files;
    private final Bounds bounds;
    private final Executor writer;
    private final Executor reader;
    private final Object lock = new Object();
    private final KvIndex index = new KvIndex();
    private final Forgotten forgotten = new Forgotten();
    private final List<KvJob> jobs = new ArrayList<>();
    /** Out of the index, and not yet off the disk. */
    private final List<KvIndex.Entry> doomed = new ArrayList<>();
    private boolean scanned;
    private boolean served;
    private final KvMemory memory;
    private final ReadRate rate;
    /** Nothing is saved until then, since writing failed. */
    private volatile long troubleUntil;
    private final LongAdder saved = new LongAdder();
    private final LongAdder loaded = new LongAdder();
    private final LongAdder damaged = new LongAdder();

    /**
     * @param sealer null: nothing is kept secret, files only have checksums
     * @param writer runs one task at a time, in the order in which they came
     * @param reader runs one task at a time
     * @param clock  nanoseconds, by which reading is timed
     */
    public KvStore(Path folder, Bounds bounds, Sealer sealer, Executor writer, Executor reader, LongSupplier clock) {
        this.files = new KvFiles(folder, sealer == null ? new Checked() : sealer);
        this.bounds = bounds;
        this.memory = new KvMemory(bounds.memoryBytes);
        this.writer = writer;
        this.reader = reader;
        this.rate = new ReadRate(clock);
        this.troubleUntil = rate.now();
    }

    /** Looks, on the writer's thread, for what is there; until it has, nothing is found. Called once, first. */
    public void start() {
        writer.execute(this::scan);
    }

    private void scan() {
        try {
            List<KvIndex.Entry> there = files.scan();
            List<KvIndex.Entry> unwanted = new ArrayList<>();
            synchronized (lock) {
                there.forEach(index::add);
                unwanted.addAll(take(entry -> forgotten.has(entry.head().conversation())));
                unwanted.addAll(takeToFit(0, 0));
            }
            delete(unwanted);
        } finally {
            synchronized (lock) {
                scanned = true;
                lock.notifyAll();
            }
        }
    }

    /** The two threads have ended: what they have not done will not be done. */
    void close() {
        synchronized (lock) {
            jobs.clear();
            scanned = true;
            lock.notifyAll();
        }
    }

    /**
     * An engine serves snapshots that say {@code model}. Of the files that were there before the first one, those of other
     * models are deleted: what was served yesterday is no reason to keep gigabytes.
     */
    public void serve(String model) {
        synchronized (lock) {
            if (served) {
                return;
            }
            served = true;
        }
        writer.execute(() -> {
            List<KvIndex.Entry> others;
            synchronized (lock) {
                others = take(entry -> !entry.head().model().equals(model));
            }
            if (!others.isEmpty()) {
                LOG.log(Level.INFO, "Deleting {0} KV states of other models", others.size());
            }
            delete(others);
        });
    }

    /** The longest beginning of the prompt in its space, at most {@code most} tokens, or null. O(most). */
    public Match find(String model, String space, int[] prompt, int most) {
        String digest = KvHead.digest(space);
        synchronized (lock) {
            KvIndex.Found found = index.find(model, digest, prompt, most);
            return found == null ? null
                    : new Match(found.entry().name(), found.tokens(), found.entry().head().tokens().length, found.entry().bytes());
        }
    }

    /** Whether a state of probably so many bytes should be handed to {@link #save}. O(length). */
    public Wish wish(String model, String space, String conversation, int[] tokens, int length, long bytes) {
        String digest = KvHead.digest(space);
        synchronized (lock) {
            if (forgotten.has(KvHead.digest(conversation)) || bytes + bytes / FILE_PART > Math.min(bounds.diskBytes, bounds.memoryBytes)
                    || length > MOST_TOKENS) {
                return Wish.NEVER;
            }
            if (index.covers(model, digest, tokens, length)) {
                return Wish.THERE;
            }
            return scanned && jobs.size() < MOST_WAITING && memory.has(bytes) && rate.now() - troubleUntil >= 0 ? Wish.SAVE : Wish.LATER;
        }
    }

    /** Takes memory for a state that is to be saved, if it is there. */
    public boolean reserve(long bytes) {
        return memory.take(bytes);
    }

    /** Nothing comes of a state for which memory was {@link #reserve reserved}. */
    public void forgo(long bytes) {
        memory.free(bytes);
    }

    /**
     * Has a state written, unless it was forgotten since it was asked for. It is the store's from now on.
     *
     * @param conversation null where it belongs to none
     * @param length       tokens that count; the state covers as many
     * @param reserved     bytes of memory, which are given back with the state's
     */
    public void save(KvSnapshot snapshot, String space, String conversation, int[] tokens, int length, long reserved) {
        snapshot.state().whenClosed(() -> memory.free(reserved));
        KvJob job = new KvJob(KvHead.of(snapshot.model(), space, conversation, tokens, length), snapshot.state());
        synchronized (lock) {
            if (!forgotten.has(job.head.conversation())) {
                jobs.add(job);
                writer.execute(() -> write(job));
                return;
            }
        }
        snapshot.close();
    }

    private void write(KvJob job) {
        try {
            synchronized (lock) {
                if (job.cancelled) {
                    return;
                }
            }
            KvFiles.Draft draft = files.draft(job.head, job.state);
            List<KvIndex.Entry> victims;
            synchronized (lock) {
                if (draft.bytes() > bounds.diskBytes) {
                    return;
                }
                victims = takeToFit(draft.bytes(), job.head.tokens().length);
            }
            delete(victims);
            draft.write();
            publish(job, draft);
        } catch (IOException e) {
            files.trouble(e);
            troubleUntil = rate.now() + TROUBLE_NANOS;
        } finally {
            synchronized (lock) {
                jobs.remove(job);
                lock.notifyAll();
            }
            job.state.close();
        }
    }

    private void publish(KvJob job, KvFiles.Draft draft) {
        KvIndex.Entry entry = new KvIndex.Entry(draft.name(), job.head, draft.bytes());
        List<KvIndex.Entry> unwanted;
        synchronized (lock) {
            if (job.cancelled) {
                unwanted = List.of(entry);
                doomed.add(entry);
            } else {
                unwanted = take(other -> other.head().conversation().equals(job.head.conversation()) && other.head().begins(job.head));
                index.add(entry);
                saved.increment();
            }
        }
        delete(unwanted);
    }

    /** Takes what satisfies the condition out of the index. */
    private List<KvIndex.Entry> take(Predicate<KvIndex.Entry> condition) {
        List<KvIndex.Entry> taken = index.all(condition);
        taken.forEach(this::doom);
        return taken;
    }

    private void doom(KvIndex.Entry entry) {
        index.remove(entry);
        doomed.add(entry);
    }

    private void delete(List<KvIndex.Entry> entries) {
        try {
            files.delete(entries);
        } catch (IOException e) {
            files.trouble(e);
        } finally {
            synchronized (lock) {
                doomed.removeAll(entries);
            }
        }
    }

    /** Takes the least recently used out of the index until so much more fits. */
    private List<KvIndex.Entry> takeToFit(long moreBytes, int moreTokens) {
        List<KvIndex.Entry> victims = new ArrayList<>();
        while (index.files() > 0 && (index.bytes() + moreBytes > bounds.diskBytes || index.tokens() + moreTokens > MOST_TOKENS)) {
            KvIndex.Entry victim = index.eldest();
            doom(victim);
            victims.add(victim);
        }
        return victims;
    }

    /**
     * Reads and opens a file as soon as there is memory for it. The snapshot, or null where it can't be had or nobody wants it any
     * more, is handed over on the reader's thread, once; it is the receiver's from then on.
     *
     * @param wanted whether somebody still waits for it; asked on the reader's thread
     */
    public void load(Match match, BooleanSupplier wanted, Consumer<KvSnapshot> ready) {
        boolean fits = memory.await(match.bytes, () -> reader.execute(() -> {
            KvSnapshot snapshot = null;
            try {
                snapshot = wanted.getAsBoolean() ? read(match) : null;
            } finally {
                if (snapshot == null) {
                    memory.free(match.bytes);
                }
                ready.accept(snapshot);
            }
        }));
        if (!fits) {
            reader.execute(() -> ready.accept(null));
        }
    }

    private KvSnapshot read(Match match) {
        KvIndex.Entry entry;
        synchronized (lock) {
            entry = index.use(match.name);
        }
        if (entry == null) {
            return null;
        }
        long before = rate.now();
        KvState state = files.read(entry);
        if (state == null) {
            delete(broken(entry.name()));
            return null;
        }
        state.whenClosed(() -> memory.free(match.bytes));
        loaded.increment();
        synchronized (lock) {
            rate.took(match.bytes, rate.now() - before);
        }
        return new KvSnapshot(entry.head().model(), entry.head().tokens().length, state);
    }

    /** How long reading a file will probably take, nanoseconds. */
    public double readNanos(Match match) {
        synchronized (lock) {
            return rate.nanos(memory.wanted() + match.bytes);
        }
    }

    /** An engine did not take what was read: the file is of no use. */
    public void discard(Match match) {
        List<KvIndex.Entry> found = broken(match.name);
        writer.execute(() -> delete(found));
    }

    /** None where somebody took it out of the index before, who deletes it. */
    private List<KvIndex.Entry> broken(String name) {
        synchronized (lock) {
            List<KvIndex.Entry> found = take(entry -> entry.name().equals(name));
            damaged.add(found.size());
            return found;
        }
    }

    /**
     * When this returns, no file of the conversation is left, not even one that was being written, and none will be written.
     * Blocks while the files that were there at the start are looked through, and while one of this conversation is written.
     *
     * @throws IOException when a file can't be deleted
     */
    public void forget(String conversation) throws IOException, InterruptedException {
        String digest = KvHead.digest(conversation);
        List<KvIndex.Entry> found;
        synchronized (lock) {
            forgotten.add(digest);
            List<KvJob> own = jobs.stream().filter(job -> job.head.conversation().equals(digest)).toList();
            own.forEach(job -> job.cancelled = true);
            while (!scanned || own.stream().anyMatch(jobs::contains)) {
                lock.wait();
            }
            take(entry -> entry.head().conversation().equals(digest));
            found = doomed.stream().filter(entry -> entry.head().conversation().equals(digest)).toList();
        }
        files.delete(found);
        synchronized (lock) {
            doomed.removeAll(found);
        }
    }

    /** Bytes of all files. */
    public long bytes() {
        synchronized (lock) {
            return index.bytes();
        }
    }

    public int files() {
        synchronized (lock) {
            return index.files();
        }
    }

    /** States that were written. */
    public long saved() {
        return saved.sum();
    }

    /** States that were read. */
    public long loaded() {
        return loaded.sum();
    }

    /** Files that were there and could not be used. */
    public long damaged() {
        return damaged.sum() + files.damaged();
    }
}
