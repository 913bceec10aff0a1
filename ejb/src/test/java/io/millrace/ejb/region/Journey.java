package io.millrace.ejb.region;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Regions.Cost;
import io.millrace.config.Regions.Http;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.HttpVersion;
import io.millrace.connector.remote.Prompt;
import io.millrace.connector.remote.RemoteSpec;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Answer.Outcome;
import io.millrace.ejb.flow.Elsewhere;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One seeded schedule: some calls with several choices go through some regions with few places, which fail in every way,
 * while readers leave, operators drain, reclaim and stop, and the engine in this process takes answers over and loses them.
 */
final class Journey {

    static final List<Dialect> DIALECTS = List.of(Dialect.MILLRACE, Dialect.VLLM, Dialect.MILLRACE, Dialect.OPENAI);
    private static final int TICK_MS = 5;

    private final SplittableRandom random;
    private final Mischief mischief;
    private final FakeServers servers;
    private final Network network;
    /** Nothing fails but what a call brings with it. */
    private final boolean calm;
    private final boolean inexact;
    private final boolean stopsUsed;
    private final List<Traveller> travellers = new ArrayList<>();
    private final List<Throwable> broken = java.util.Collections.synchronizedList(new ArrayList<>());
    private volatile boolean over;

    Journey(long seed, Mischief mischief, Map<FakeServers.Fate, AtomicInteger> happened) {
        this.random = new SplittableRandom(seed);
        this.mischief = mischief;
        this.calm = random.nextInt(6) == 0;
        this.stopsUsed = random.nextInt(3) == 0;
        this.inexact = random.nextInt(3) == 0;
        double hedges = random.nextInt(3) == 0 ? 0 : 1;
        this.servers = new FakeServers(random.nextLong(), happened, calm ? 0 : random.nextInt(10), inexact && stopsUsed, inexact && !stopsUsed,
                // one that is no longer needed may just be opened
                hedges > 0 ? 3 : 1);
        List<Region> regions = new ArrayList<>();
        int count = 1 + random.nextInt(5);
        for (int rank = 0; rank < count; rank++) {
            regions.add(region("r" + rank, rank));
        }
        this.network = mischief.network(regions, random.nextInt(3) == 0 ? "local" : null, mischief.servers(servers), 1 + random.nextInt(8),
                Duration.ofMillis(new int[] {20, 400, 1_500}[random.nextInt(3)]),
                new Hedges(hedges));
    }

    private Region region(String name, int rank) {
        Map<Lane, LaneBounds> bounds = new EnumMap<>(Lane.class);
        for (Lane lane : Lane.values()) {
            bounds.put(lane, new LaneBounds(1 + random.nextInt(5), Long.MAX_VALUE, 1));
        }
        URI base = URI.create("http://" + name + "/v1");
        Dialect dialect = DIALECTS.get(random.nextInt(DIALECTS.size()));
        var settings = new io.millrace.config.Regions.Region(name, Optional.of(base), io.millrace.config.Regions.Dialect.valueOf(dialect.name()),
                Map.of(), Optional.empty(), Optional.empty(), Optional.empty(), Http.AUTO, 64, 1, Cost.ONDEMAND, "", Optional.empty());
        return new Region(settings, rank, new RemoteSpec(name, base, dialect, null, null, Duration.ofSeconds(1), HttpVersion.AUTO),
                new Gate<>(1 + random.nextInt(3), random.nextInt(2), bounds), silence(), silence());
    }

    private Silence silence() {
        return new Silence(Duration.ofMillis(20), Duration.ofMillis(calm ? 10_000 : 40));
    }

    /** How often a server went on with an answer. */
    int continued() {
        return servers.continued.get();
    }

    /** How often a second region was asked while the first was slow, and how often it was the first to speak. */
    long[] hedges() {
        return new long[] {network.all().stream().mapToLong(Region::hedges).sum(), network.all().stream().mapToLong(Region::hedgesWon).sum()};
    }

    /** How each call ended; null for one that was refused. */
    List<Outcome> run() throws InterruptedException {
        Thread ticking = Thread.ofVirtual().start(() -> tick(random.split()));
        SplittableRandom moments = random.split();
        for (int i = random.nextInt(5); i >= 0; i--) {
            Traveller traveller = new Traveller(random.split(), i);
            travellers.add(traveller);
            traveller.begin();
            TimeUnit.MICROSECONDS.sleep(moments.nextInt(3_000));
        }
        for (Traveller traveller : travellers) {
            traveller.await();
        }
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(mischief.settlingMs());
        while (left() != null && System.nanoTime() < until) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        over = true;
        ticking.join();
        assertEquals(null, left(), "all is given back");
        assertEquals(List.of(), broken);
        assertEquals(List.of(), List.copyOf(servers.violations));
        List<Outcome> outcomes = new ArrayList<>();
        for (Traveller traveller : travellers) {
            traveller.check();
            outcomes.add(traveller.refused ? null : traveller.answer.outcome());
        }
        return outcomes;
    }

    private String left() {
        String left = servers.left();
        for (Region region : network.all()) {
            if (region.gate().inside() != 0 || region.gate().waiting() != 0) {
                left = region.name() + ": " + region.gate().inside() + " inside and " + region.gate().waiting() + " waiting";
            }
        }
        return network.open() == 0 ? left : network.open() + " threads";
    }

    private void tick(SplittableRandom acts) {
        try {
            while (!over) {
                network.look(System.nanoTime());
                String name = "r" + acts.nextInt(5);
                switch (calm ? 60 : acts.nextInt(60)) {
                    case 0 -> network.drain(name, true);
                    case 1, 2, 3, 4 -> network.drain(name, false);
                    case 5 -> network.reclaim(name);
                    case 6 -> servers.down(true);
                    case 7, 8, 9 -> servers.down(false);
                    case 10 -> {
                        if (acts.nextInt(8) == 0) {
                            network.end();
                        }
                    }
                    default -> { }
                }
                TimeUnit.MILLISECONDS.sleep(TICK_MS);
            }
        } catch (InterruptedException | RuntimeException e) {
            broken.add(e);
        }
    }

    /** One call, its reader, and the engine in this process that may take its choices over. */
    private final class Traveller {
        private final SplittableRandom random;
        private final long question;
        private final int choices;
        private final int maxTokens;
        private final List<String> stops;
        private final int leavesAfter;
        private final int leavesMicros;
        private final AtomicInteger endings = new AtomicInteger();
        private final List<StringBuilder> texts = new ArrayList<>();
        private final FinishReason[] reasons;
        private final Errand errand;
        private final Flow flow;
        private final Answer answer;
        private Thread reader;
        private FlowEvent last;
        private volatile boolean hangs;
        private volatile boolean local;
        private volatile boolean left;
        private boolean refused;

        Traveller(SplittableRandom random, int number) {
            this.random = random;
            this.question = random.nextInt(1_000_000) * 10L + number;
            this.choices = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 1;
            boolean held = stopsUsed && network.all().stream().anyMatch(region -> region.spec().dialect() == Dialect.MILLRACE);
            // who holds text back that another server says anew has counted its tokens twice
            boolean bounded = random.nextInt(3) == 0 && !inexact && !held;
            this.maxTokens = bounded ? 1 + random.nextInt(40) : 0;
            this.stops = stopsUsed ? stops() : List.of();
            this.leavesAfter = random.nextInt(8) == 0 ? random.nextInt(4) : Integer.MAX_VALUE;
            this.leavesMicros = random.nextInt(4) == 0 ? 1 + random.nextInt(random.nextInt(2) == 0 ? 200 : 20_000) : 0;
            this.reasons = new FinishReason[choices];
            List<Sampling> samplings = new ArrayList<>();
            for (int i = 0; i < choices; i++) {
                texts.add(new StringBuilder());
                samplings.add(new Sampling(0, 0, 1, 0, 1, 0, 0, i, Map.of(), null, -1));
            }
            Lane lane = Lane.values()[random.nextInt(4)];
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(8) == 0 && !calm ? 10 : 10_000);
            errand = new Errand(network, new Ask(null, new Prompt.Text("" + question), "", samplings, maxTokens, stops, false, null, lane,
                    "tenant" + random.nextInt(2), "space", 10, deadline), System.nanoTime());
            flow = new Flow(random.nextInt(20) == 0 && !calm ? 40 : 1 << 20, errand::cancel, () -> { });
            answer = new Answer("call", 5, choices, bounded ? maxTokens : 100_000, stops, null, flow, errand, false, this::ended);
            errand.is(answer, this::takeOver);
        }

        private Story story(int choice) {
            return new Story(question * 1_000 + choice);
        }

        private Story.Ending ending(int choice) {
            return story(choice).ending(maxTokens, stops);
        }

        /** Some letters from the middle of the first choice's story, so that it ends there, wherever its tokens do. */
        private List<String> stops() {
            String text = new Story(question * 1_000).ending(0, List.of()).text();
            int from = random.nextInt(Math.max(1, text.length() - 4));
            String stop = text.substring(from, Math.min(text.length(), from + 2 + random.nextInt(4)));
            for (int border = 1; border < stop.length(); border++) {
                if (stop.endsWith(stop.substring(0, border))) {
                    return List.of();
                }
            }
            return stop.isEmpty() ? List.of() : List.of(stop);
        }

        private void ended(Answer whose) {
            endings.incrementAndGet();
            network.ended(errand);
            errand.routeJson();
            Thread.ofVirtual().start(whose::finish);
        }

        void begin() {
            if (network.begin(errand) != Regions.Beginning.BEGUN) {
                refused = true;
                return;
            }
            reader = Thread.ofVirtual().start(this::read);
            if (leavesMicros > 0) {
                Thread.ofVirtual().start(this::leave);
            }
        }

        private void leave() {
            try {
                TimeUnit.MICROSECONDS.sleep(leavesMicros);
                left = true;
                flow.cancel();
            } catch (InterruptedException e) {
                broken.add(e);
            }
        }

        private void read() {
            try {
                for (int events = 0; ; events++) {
                    if (events == leavesAfter) {
                        left = true;
                        flow.cancel();
                        return;
                    }
                    FlowEvent event = flow.next(Duration.ofMillis(mischief.patienceMs()));
                    switch (event) {
                        case null -> {
                            hangs = !left;
                            return;
                        }
                        case FlowEvent.Text text -> texts.get(text.choice()).append(text.text());
                        case FlowEvent.Reasoning _ -> { }
                        case FlowEvent.ChoiceDone done -> {
                            assertEquals(null, reasons[done.choice()], "a choice ends once");
                            reasons[done.choice()] = done.reason();
                        }
                        case FlowEvent.End _, FlowEvent.Broken _ -> {
                            last = event;
                            return;
                        }
                    }
                }
            } catch (InterruptedException | AssertionError e) {
                broken.add(e);
            }
        }

        void await() throws InterruptedException {
            if (!refused) {
                reader.join();
            }
        }

        /** The engine in this process goes on for a while; then it is done, or lost. */
        private synchronized boolean takeOver(Answer whose, int choice, String said, int[] ids) {
            if (random.nextInt(4) == 0 || maxTokens > 0 && !stops.isEmpty()) {
                return false;
            }
            local = true;
            int tokens = random.nextInt(20);
            String own = ids != null ? Story.text(ids) : said;
            if (ids != null && !own.equals(said)) {
                // what SaidTokens and Choice do with tokens that are ahead of their text is tested with them
                own = said;
            }
            String from = own;
            Thread.ofVirtual().start(() -> {
                try {
                    serveHere(choice, from, tokens);
                } catch (RuntimeException e) {
                    broken.add(e);
                }
            });
            return true;
        }

        private void serveHere(int choice, String from, int most) {
            Story story = story(choice);
            String all = from;
            int before = story.tokens(from).size();
            for (int i = 0; i < most; i++) {
                if (story.ends(all)) {
                    answer.complete(choice, FinishReason.STOP);
                    return;
                }
                String token = story.next(all);
                all += token;
                if (!answer.accept(choice, token, 1, null, List.of(), System.nanoTime())) {
                    return;
                }
                if (before + i + 1 == maxTokens) {
                    answer.complete(choice, FinishReason.LENGTH);
                    return;
                }
            }
            if (!answer.goOnElsewhere(choice, Story.ids(story.tokens(all)))) {
                answer.fail(new io.millrace.ejb.flow.Refusal(io.millrace.ejb.flow.Refusal.Reason.ENGINE_FAILED, "lost", null, 1));
            }
        }

        void check() {
            if (refused) {
                assertEquals(0, endings.get(), "who was refused has no end");
                assertEquals(0, answer.usage().completionTokens(), "nor a beginning");
                return;
            }
            assertTrue(!hangs, "somebody waits for ever");
            assertEquals(1, endings.get(), "it ends once");
            for (int choice = 0; choice < choices; choice++) {
                Story.Ending ending = ending(choice);
                String text = texts.get(choice).toString();
                assertTrue(ending.text().startsWith(text), "choice " + choice + ": '" + text + "' is not how '" + ending.text() + "' begins");
                if (last instanceof FlowEvent.End) {
                    assertEquals(ending.text(), text, "choice " + choice);
                    assertEquals(ending.reason(), reasons[choice].name().toLowerCase(java.util.Locale.ROOT), "choice " + choice);
                }
            }
            assertTrue(answer.outcome() != null && (left || answer.outcome() != Outcome.CANCELLED), "only who leaves is gone");
            if (last != null) {
                assertEquals(last instanceof FlowEvent.End ? Outcome.OK : Outcome.FAILED, answer.outcome());
            }
            assertTrue(!calm || answer.outcome() != Outcome.FAILED, () -> "nothing failed, but the answer: " + answer.refusal());
            if (last instanceof FlowEvent.End end) {
                checkUsage(end.usage());
            }
        }

        private void checkUsage(FlowEvent.Usage usage) {
            int tokens = 0;
            boolean counted = true;
            for (int choice = 0; choice < choices; choice++) {
                Story.Ending ending = ending(choice);
                tokens += ending.tokens();
                counted &= !ending.stopped() && servers.counted.getOrDefault(story(choice).question(), false);
            }
            if (counted && !local && (!inexact || choices == 1)) {
                int all = usage.promptTokens() + usage.completionTokens();
                assertEquals(FakeServers.PROMPT_TOKENS + tokens, all, "all is counted once");
                if (!inexact) {
                    assertEquals(FakeServers.PROMPT_TOKENS, usage.promptTokens(), "the prompt is counted once");
                }
            }
        }
    }
}
