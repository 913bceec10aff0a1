package io.millrace.ejb.region;

import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.Prompt;
import io.millrace.connector.remote.RemoteAnswer;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteConnection;
import io.millrace.connector.remote.RemoteConnectionFactory;
import io.millrace.connector.remote.RemoteEvent;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteException.Code;
import io.millrace.connector.remote.RemoteModel;
import io.millrace.connector.remote.RemoteSpec;
import jakarta.resource.ResourceException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.naming.Reference;

/** Servers that tell the {@link Story} of what they are asked, and fail in every way at seeded moments. Thread-safe. */
class FakeServers implements RemoteConnectionFactory {

    private static final long serialVersionUID = 1L;
    static final int PROMPT_TOKENS = 11;

    /** What may become of a call. */
    enum Fate { WHOLE, SLOW, NO_POOL, UNSUPPORTED, BEFORE_ACCEPTED, IN_THE_MIDDLE, AT_ITS_END, SILENT, REFUSES_CONTINUATION, ABORTED, NO_USAGE, BREAKS_AFTER_FINISHING }

    private static final Fate[] BREAKING = {Fate.IN_THE_MIDDLE, Fate.IN_THE_MIDDLE, Fate.IN_THE_MIDDLE, Fate.ABORTED, Fate.AT_ITS_END, Fate.SILENT, Fate.SLOW, Fate.SLOW};
    private static final List<Code> CODES = List.of(Code.CONNECT, Code.BROKEN, Code.GARBAGE, Code.REFUSED_BUSY, Code.PAYMENT,
            Code.AUTHENTICATION, Code.UNAVAILABLE, Code.UNSUPPORTED, Code.BROKEN, Code.BROKEN, Code.UNAVAILABLE);

    private final transient SplittableRandom random;
    private final transient Map<Fate, AtomicInteger> happened;
    private final int troublesInTen;
    private final boolean holdsBack;
    private final boolean bundles;
    private final int atOnce;
    /** What of all this was against the rules. */
    final transient Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final transient Set<FakeAnswer> open = ConcurrentHashMap.newKeySet();
    /** By question: whether the last server told its usage. */
    final transient Map<Long, Boolean> counted = new ConcurrentHashMap<>();
    /** Calls that went on with an answer. */
    final AtomicInteger continued = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile boolean down;

    /** @param atOnce answers that may be open for one question */
    FakeServers(long seed, Map<Fate, AtomicInteger> happened, int troublesInTen, boolean holdsBack, boolean bundles, int atOnce) {
        this.atOnce = atOnce;
        this.random = new SplittableRandom(seed);
        this.happened = happened;
        this.troublesInTen = troublesInTen;
        this.holdsBack = holdsBack;
        this.bundles = bundles;
    }

    static Map<Fate, AtomicInteger> noFates() {
        Map<Fate, AtomicInteger> fates = new EnumMap<>(Fate.class);
        for (Fate fate : Fate.values()) {
            fates.put(fate, new AtomicInteger());
        }
        return fates;
    }

    /** No server can be reached from now on, or all again. */
    void down(boolean now) {
        down = now;
    }

    /** What was not given back. */
    String left() {
        return open.isEmpty() && connections.get() == 0 ? null : open.size() + " answers and " + connections + " connections are open";
    }

    @Override
    public RemoteConnection getConnection(RemoteSpec spec) throws ResourceException {
        long seed;
        Fate fate;
        synchronized (random) {
            seed = random.nextLong();
            Fate[] troubles = random.nextBoolean() ? Fate.values() : BREAKING;
            fate = random.nextInt(10) < troublesInTen ? troubles[random.nextInt(troubles.length)] : Fate.WHOLE;
        }
        happened.get(fate).incrementAndGet();
        if (fate == Fate.NO_POOL) {
            throw new ResourceException("no connection is free");
        }
        connections.incrementAndGet();
        return new Connection(spec, fate, new SplittableRandom(seed));
    }

    @Override
    public void setReference(Reference reference) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Reference getReference() {
        throw new UnsupportedOperationException();
    }

    /** Owned by one thread. */
    private final class Connection implements RemoteConnection {
        private final RemoteSpec spec;
        private final Fate fate;
        private final SplittableRandom random;
        private RemoteAnswer answer;
        private boolean closed;

        Connection(RemoteSpec spec, Fate fate, SplittableRandom random) {
            this.spec = spec;
            this.fate = fate;
            this.random = random;
        }

        @Override
        public RemoteAnswer send(RemoteCall call) throws RemoteException {
            if (fate == Fate.UNSUPPORTED) {
                throw new RemoteException(Code.UNSUPPORTED, "not in this dialect");
            }
            if (call.continues() && !spec.dialect().continues()) {
                violations.add("a server that can't continue was asked to");
            }
            if (call.continues()) {
                continued.incrementAndGet();
            }
            answer = new FakeAnswer(spec.dialect(), call, fate, random);
            return answer;
        }

        @Override
        public List<RemoteModel> models(Duration patience) {
            return List.of();
        }

        @Override
        public void close() {
            if (answer != null) {
                answer.close();
            }
            if (!closed) {
                closed = true;
                connections.decrementAndGet();
            }
        }
    }

    static long question(RemoteCall call) {
        return Long.parseLong(((Prompt.Text) call.prompt()).text()) * 1_000 + call.sampling().seed();
    }

    private final class FakeAnswer implements RemoteAnswer {
        private final Dialect dialect;
        private final RemoteCall call;
        private final Fate fate;
        private final SplittableRandom random;
        private final Story story;
        private final Deque<RemoteEvent> events = new ArrayDeque<>();
        private final Object lock = new Object();
        private final AtomicInteger readers;
        private final boolean stops;
        /** All that the model has said, and how much of its own part is sent. */
        private String all;
        private String own = "";
        private int sent;
        private int tokens;
        private int[] untold = {};
        private final int before;
        private int left;
        private boolean finished;
        private boolean whole;
        private RemoteException failure;
        private boolean closed;

        private long pauseNanos;

        FakeAnswer(Dialect dialect, RemoteCall call, Fate fate, SplittableRandom random) {
            this.dialect = dialect;
            this.call = call;
            this.fate = call.continues() || fate != Fate.REFUSES_CONTINUATION ? fate : Fate.WHOLE;
            this.random = random;
            this.story = new Story(question(call));
            this.readers = new AtomicInteger();
            this.left = random.nextInt(12);
            this.stops = dialect == Dialect.MILLRACE || holdsBack && random.nextBoolean();
            all = call.said();
            boolean byTokens = dialect == Dialect.MILLRACE && call.saidTokens() != null;
            if (byTokens) {
                all = Story.text(call.saidTokens());
                if (all.startsWith(call.said())) {
                    own = all.substring(call.said().length());
                } else {
                    violations.add("the tokens '" + all + "' are not those of '" + call.said() + "'");
                }
            }
            before = byTokens ? call.saidTokens().length : story.tokens(all).size();
            open.add(this);
            if (open.stream().filter(each -> each.story.equals(story)).count() > atOnce) {
                violations.add("one choice is asked for too often at once");
            }
            events.add(new RemoteEvent.Accepted());
        }

        @Override
        public RemoteEvent next(Duration patience) throws RemoteException, InterruptedException {
            if (readers.incrementAndGet() > 1) {
                violations.add("two threads read one choice");
            }
            try {
                synchronized (lock) {
                    return event(patience);
                }
            } finally {
                readers.decrementAndGet();
            }
        }

        private RemoteEvent event(Duration patience) throws RemoteException, InterruptedException {
            if (closed) {
                throw new RemoteException(Code.CLOSED, "closed");
            }
            if (failure != null) {
                throw failure;
            }
            if (fate == Fate.SLOW && !paused(patience.toNanos())) {
                return new RemoteEvent.Silence();
            }
            try {
                if (events.isEmpty() || events.peek() instanceof RemoteEvent.Accepted) {
                    fail();
                }
            } catch (RemoteException e) {
                failure = e;
                throw e;
            }
            if (fate == Fate.SILENT && left-- <= 0 && events.isEmpty() && !finished) {
                if (!waited(patience.toNanos())) {
                    throw new RemoteException(Code.CLOSED, "closed");
                }
                return new RemoteEvent.Silence();
            }
            while (events.isEmpty()) {
                if (whole) {
                    return new RemoteEvent.End();
                }
                speak();
            }
            return events.poll();
        }

        /** Mostly a moment, now and then as long as makes a second server be asked; false where the reader's patience ends before. */
        private boolean paused(long patienceNanos) throws RemoteException, InterruptedException {
            if (pauseNanos == 0) {
                pauseNanos = 1 + 1_000_000L * (random.nextInt(8) == 0 ? 10 + random.nextInt(25) : random.nextInt(4));
            }
            long now = Math.min(patienceNanos, pauseNanos);
            if (!waited(now)) {
                throw new RemoteException(Code.CLOSED, "closed");
            }
            pauseNanos -= now;
            return pauseNanos == 0;
        }

        /** False when it was closed. */
        private boolean waited(long nanos) throws InterruptedException {
            long until = System.nanoTime() + nanos;
            for (long rest = nanos; rest > 0 && !closed; rest = until - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(lock, rest);
            }
            return !closed;
        }

        private void fail() throws RemoteException {
            if (down) {
                throw new RemoteException(all.equals(call.said()) ? Code.CONNECT : Code.BROKEN, "down");
            }
            boolean accepted = events.isEmpty();
            switch (fate) {
                case BEFORE_ACCEPTED -> {
                    if (!accepted) {
                        throw new RemoteException(CODES.get(random.nextInt(CODES.size())), "refused");
                    }
                }
                case REFUSES_CONTINUATION -> throw new RemoteException(Code.INVALID, "continues nothing");
                case IN_THE_MIDDLE -> {
                    if (accepted && !finished && left-- <= 0) {
                        throw new RemoteException(random.nextBoolean() ? Code.BROKEN : CODES.get(random.nextInt(CODES.size())), "broke");
                    }
                }
                case AT_ITS_END -> {
                    if (accepted && (story.ends(all) || tokens == call.maxTokens() && tokens > 0)) {
                        throw new RemoteException(Code.BROKEN, "the stream ended before the answer did");
                    }
                }
                case BREAKS_AFTER_FINISHING -> {
                    if (finished) {
                        throw new RemoteException(Code.BROKEN, "broke after its finish");
                    }
                }
                default -> { }
            }
        }

        private void speak() {
            if (finished) {
                if (fate != Fate.NO_USAGE && fate != Fate.BREAKS_AFTER_FINISHING) {
                    counted.put(story.question(), true);
                    events.add(new RemoteEvent.Usage(PROMPT_TOKENS + before, tokens, 0));
                }
                events.add(new RemoteEvent.End());
                whole = true;
                return;
            }
            for (int i = bundles && dialect != Dialect.MILLRACE ? random.nextInt(3) : 0; i >= 0 && !finished; i--) {
                speakToken();
            }
            piece();
            if (finished) {
                counted.put(story.question(), false);
                events.add(new RemoteEvent.Finished(reason));
            }
        }

        private String reason;

        private void speakToken() {
            if (fate == Fate.ABORTED && left-- <= 0) {
                finish("abort");
                return;
            }
            if (story.ends(all)) {
                finish("stop");
                return;
            }
            String token = story.next(all);
            all += token;
            own += token;
            tokens++;
            untold = java.util.Arrays.copyOf(untold, untold.length + 1);
            untold[untold.length - 1] = Story.id(token);
            int stop = stops ? Story.firstStop(own, call.stop()) : -1;
            if (stop >= 0) {
                own = own.substring(0, stop);
                finish("stop");
            } else if (tokens == call.maxTokens()) {
                finish("length");
            }
        }

        private void finish(String why) {
            finished = true;
            reason = why;
        }

        private void piece() {
            int free = finished || !stops ? own.length() : own.length() - Story.held(own, call.stop());
            if (free > sent) {
                events.add(new RemoteEvent.Piece(own.substring(sent, free), "", dialect == Dialect.MILLRACE ? untold : null, List.of()));
                sent = free;
                untold = new int[0];
            }
        }

        @Override
        public void close() {
            synchronized (lock) {
                closed = true;
                lock.notifyAll();
            }
            open.remove(this);
        }
    }
}
