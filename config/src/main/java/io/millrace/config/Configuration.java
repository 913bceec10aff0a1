package io.millrace.config;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;

/**
 * Every setting, typed. What each means, its default and its bounds stand in {@code millrace-defaults.properties};
 * here they are only named. Immutable; its text shows no secret.
 */
public record Configuration(Http http, Data data, Db db, Engine engine, Lanes lanes, Batch batch, Kv kv,
                            Request request, Flow flow, Resume resume, Cluster cluster, Keys keys, Limits limits, Audit audit, Operator operator,
                            Model model, Regions regions, VaultKeys vault, Conversations conversations,
                            Optional<ArchiveBucket> archiveBucket) {

    private static final String FILE_NAME = "millrace.properties";

    private static final Pattern PROXY = Pattern.compile("http://([^@/\\s]+@)?[^@/:\\s]+:\\d{1,5}/?");

    public record Http(String host, int port, DataSize maxBody, DataSize maxBodies, int maxExchanges,
                       int maxMessages, Duration keepAlive,
                       Duration writeTimeout, Duration drain) {}

    public record Data(Path dir) {}

    /** @param url empty: embedded */
    public record Db(Optional<String> url, String user, Secret password, Duration connectTimeout,
                     Duration answerTimeout, Duration retryFirst, Duration retryMost) {}

    /**
     * @param natives   a folder, never empty
     * @param model     empty: none yet
     * @param reasoning whether thoughts are told apart from answers; AUTO: of models that have tags for them
     */
    public record Engine(Path natives, Optional<Path> model, int contextTokens, int slots, int stepTokens, int threads,
                         KvType kvType, boolean unifiedKv, Toggle flashAttention, int gpuLayers, Duration stepTimeout,
                         int connections, Toggle reasoning) {
        /** Number format of the KV cache, the names of {@code ggml_type}. */
        public enum KvType { F16, BF16, F32, Q8_0 }

        public enum Toggle { AUTO, ON, OFF }
    }

    /**
     * @param capacities requests, P0 to P3
     * @param weights    shares, P0 to P3; P0's is of no account
     */
    public record Lanes(List<Integer> capacities, Duration deadline, int tokens, int reserved, List<Integer> weights) {
        public Lanes {
            capacities = List.copyOf(capacities);
            weights = List.copyOf(weights);
        }
    }

    public record Batch(int least, int chunk, double stall, Engine.Toggle mixed, Duration tokenTarget, Duration firstTarget, Duration mostWait) {}

    /**
     * @param disk       for KV states of the past; 0: none is kept there
     * @param diskMemory for states on their way there or back
     * @param diskAfter  unused for so long, a state is copied to the disk
     */
    public record Kv(int keptSlots, double kept, double evictionBlend, DataSize host, DataSize disk, DataSize diskMemory, Duration diskAfter) {}

    public record Request(int defaultMaxTokens, int maxTokens) {}

    public record Flow(DataSize buffer) {}

    /**
     * Answers whose clients can come back for the rest.
     *
     * @param answers 0: none
     * @param text    of one answer
     * @param memory  of all of them together
     */
    public record Resume(int answers, DataSize text, DataSize memory, Duration grace, Duration keep) {}

    /**
     * The nodes that share their memory.
     *
     * @param hosts  where nodes can be met; empty: this one is alone
     * @param bind   a name or an address of this machine
     * @param secret never empty where there are hosts
     */
    public record Cluster(List<Host> hosts, String dns, String bind, int port, Secret secret) {

        /** A node's address. */
        public record Host(String name, int port) {}

        private static final Pattern HOST = Pattern.compile("([A-Za-z0-9.-]{1,253}):(\\d{1,5})");
        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9.-]{0,253}");
        private static final int MOST = 16;

        public Cluster {
            hosts = List.copyOf(hosts);
        }

        public boolean on() {
            return !hosts.isEmpty() || !dns.isEmpty();
        }

        static Cluster read(Values values) {
            List<String> names = Arrays.stream(values.text("cluster.hosts").split(",")).map(String::strip).filter(name -> !name.isEmpty()).toList();
            values.require(names.size() <= MOST && names.stream().allMatch(name -> HOST.matcher(name).matches()
                    && port(name) >= 1 && port(name) <= 65_535), "cluster.hosts", "up to " + MOST + " of HOST:PORT, separated by commas");
            Secret secret = values.secret("cluster.secret", 16, 512);
            String dns = values.text("cluster.dns");
            values.require(NAME.matcher(dns).matches(), "cluster.dns", "a name of up to 253 letters, digits, points and hyphens");
            values.require(dns.isEmpty() || names.isEmpty(), "cluster.dns", "nothing, since cluster.hosts is set; keep one");
            values.require(names.isEmpty() && dns.isEmpty() || secret.isSet(), "cluster.secret",
                    "a secret, since " + (dns.isEmpty() ? "cluster.hosts" : "cluster.dns") + " is set");
            return new Cluster(names.stream().map(name -> new Host(name.substring(0, name.lastIndexOf(':')), port(name))).toList(), dns,
                    values.text("cluster.bind", 1, 255), values.integer("cluster.port", 1, 65_435), secret);
        }

        private static int port(String host) {
            return Integer.parseInt(host.substring(host.lastIndexOf(':') + 1));
        }
    }

    public record Keys(int cache, Duration fresh, Duration grace, int lookups) {}

    /** Of keys that set none of their own; 0: none. */
    public record Limits(int requestsPerMinute, int tokensPerMinute, int concurrentRequests, int tokensPerDay,
                         int defaultAnswer) {}

    public record Audit(int queue, int batch, Duration timeout, Duration drain) {}

    public record Operator(Secret token) {}

    /**
     * How models are fetched.
     *
     * @param huggingFace without a slash at its end
     * @param modelScope  without a slash at its end
     * @param proxy       empty: the environment's; {@code none}: no proxy; else an address
     */
    public record Model(URI huggingFace, URI modelScope, Secret proxy, Duration stall, int attempts) {}

    /** Answers that may be written at once, with those that only lane P0 may have. */
    public int runningSlots() {
        return engine.slots + lanes.reserved;
    }

    /**
     * Further sequences that keep their KV cells though nothing runs in them.
     *
     * @param most sequences that an engine can hold, the running ones among them
     */
    public int idleSlots(int most) {
        return engine.unifiedKv ? Math.min(kv.keptSlots, most - runningSlots()) : 0;
    }

    /**
     * Puts the places where a setting can stand on top of each other: defaults, file, environment, system properties.
     *
     * @param file   a properties file that must exist, or none
     * @param env    looked through for {@code MILLRACE_*}
     * @param system looked through for {@code millrace.*}
     * @throws ConfigurationException for a name that is unknown and for a value that is not allowed
     */
    public static Configuration load(Optional<Path> file, Map<String, String> env, Properties system) {
        return read(values(file, env, system));
    }

    /**
     * The same, with the file that is named by the system property {@code millrace.config.file}, else by
     * {@code MILLRACE_CONFIG}, else {@code millrace.properties} in the data directory, where there is one.
     */
    public static Configuration load(Map<String, String> env, Properties system) {
        String named = system.getProperty("millrace.config.file", env.getOrDefault("MILLRACE_CONFIG", ""));
        if (!named.isEmpty()) {
            return load(Optional.of(Path.of(named)), env, system);
        }
        Path inDataDir = values(Optional.empty(), env, system).path("data.dir").resolve(FILE_NAME);
        return load(Optional.of(inDataDir).filter(Files::exists), env, system);
    }

    private static Values values(Optional<Path> file, Map<String, String> env, Properties system) {
        Sources sources = new Sources();
        file.ifPresent(sources::file);
        sources.environment(env);
        sources.system(system);
        return sources.values();
    }

    private static Configuration read(Values values) {
        Data data = new Data(values.path("data.dir"));
        Engine engine = engine(values, data);
        Configuration all = new Configuration(http(values), data, db(values), engine, lanes(values), batch(values, engine),
                kv(values), request(values), new Flow(values.size("flow.buffer", kib(4), kib(64 * 1024))), resume(values), Cluster.read(values), keys(values),
                limits(values), audit(values), new Operator(values.secret("operator.token", 16, 512)), model(values),
                Regions.read(values), VaultKeys.read(values), Conversations.read(values),
                ArchiveBucket.read(values));
        values.require(engine.stepTokens >= all.runningSlots(), "engine.step-tokens",
                "at least engine.slots and lanes.reserved, which are " + all.runningSlots());
        return all;
    }

    private static Http http(Values values) {
        return new Http(values.text("http.host", 1, 255),
                values.integer("http.port", 0, 65_535),
                values.size("http.max-body", kib(1), kib(1024 * 1024)),
                values.size("http.max-bodies", kib(1), kib(64L * 1024 * 1024)),
                values.integer("http.max-exchanges", 1, 1_000_000),
                values.integer("http.max-messages", 1, 100_000),
                values.duration("http.keep-alive", millis(100), minutes(5)),
                values.duration("http.write-timeout", millis(1_000), minutes(10)),
                values.duration("http.drain", Duration.ZERO, minutes(60)));
    }

    private static Db db(Values values) {
        Db db = new Db(url(values), values.text("db.user", 1, 63),
                values.secret("db.password", 1, Integer.MAX_VALUE),
                values.duration("db.connect-timeout", millis(1_000), minutes(1)),
                values.duration("db.answer-timeout", millis(1_000), minutes(60)),
                values.duration("db.retry-first", millis(100), minutes(60)),
                values.duration("db.retry-most", millis(100), minutes(60)));
        values.require(db.retryMost.compareTo(db.retryFirst) >= 0, "db.retry-most",
                "at least db.retry-first, which is " + Durations.format(db.retryFirst));
        return db;
    }

    /** The messages don't show the URL: a wrong one is often libpq's form, which has the password in it. */
    private static Optional<String> url(Values values) {
        String url = values.text("db.url");
        if (!url.isEmpty() && !url.startsWith("jdbc:postgresql:")) {
            throw values.hidden("db.url", "nothing, or jdbc:postgresql://HOST:PORT/NAME");
        }
        if (url.contains("password=")) {
            throw values.hidden("db.url", "no password in it; db.password is the place");
        }
        return Optional.of(url).filter(text -> !text.isEmpty());
    }

    private static Engine engine(Values values, Data data) {
        Path natives = values.text("engine.natives").isEmpty() ? data.dir.resolve("natives") : values.path("engine.natives");
        Optional<Path> model = Optional.of(values.path("engine.model")).filter(path -> !path.toString().isEmpty());
        Engine engine = new Engine(natives, model,
                values.integer("engine.context-tokens", 0, 16_777_216),
                values.integer("engine.slots", 1, 192),
                values.integer("engine.step-tokens", 1, 65_536),
                values.integer("engine.threads", 0, 1_024),
                values.oneOf("engine.kv-type", Engine.KvType.class),
                values.flag("engine.unified-kv"),
                values.oneOf("engine.flash-attention", Engine.Toggle.class),
                values.integer("engine.gpu-layers", -1, 10_000),
                values.duration("engine.step-timeout", millis(1_000), minutes(60)),
                values.integer("engine.connections", 1, 64),
                values.oneOf("engine.reasoning", Engine.Toggle.class));
        values.require(engine.kvType != Engine.KvType.Q8_0 || engine.flashAttention != Engine.Toggle.OFF,
                "engine.flash-attention", "auto or on, since engine.kv-type is q8_0");
        return engine;
    }

    private static Lanes lanes(Values values) {
        List<Integer> capacities = List.of("lanes.p0", "lanes.p1", "lanes.p2", "lanes.p3").stream()
                .map(key -> values.integer(key, 1, 1_000_000))
                .toList();
        List<Integer> weights = List.of(1, values.integer("lanes.p1-weight", 1, 1000),
                values.integer("lanes.p2-weight", 1, 1000), values.integer("lanes.p3-weight", 1, 1000));
        return new Lanes(capacities, values.duration("lanes.deadline", millis(100), Duration.ofDays(1)),
                values.integer("lanes.tokens", 1000, 1_000_000_000), values.integer("lanes.reserved", 0, 64), weights);
    }

    private static Batch batch(Values values, Engine engine) {
        return new Batch(Math.min(engine.slots, values.integer("batch.least", 1, 256)),
                values.integer("batch.chunk", 16, 65_536), values.decimal("batch.stall", 0, 100),
                values.oneOf("batch.mixed", Engine.Toggle.class),
                values.duration("batch.token-target", millis(1), minutes(1)),
                values.duration("batch.first-target", millis(1), minutes(10)),
                values.duration("batch.wait", Duration.ZERO, millis(1_000)));
    }

    private static Kv kv(Values values) {
        return new Kv(values.integer("kv.kept-slots", 0, 255), values.decimal("kv.kept", 0, 1),
                values.decimal("kv.eviction-blend", 0, 1), values.size("kv.host", new DataSize(0), kib(1L << 30)),
                values.size("kv.disk", new DataSize(0), kib(1L << 40)),
                values.size("kv.disk-memory", kib(1 << 10), kib(1L << 30)), values.duration("kv.disk-after", Duration.ZERO, Duration.ofDays(1)));
    }

    private static Request request(Values values) {
        Request request = new Request(values.integer("request.default-max-tokens", 0, 16_777_216),
                values.integer("request.max-tokens", 1, 16_777_216));
        values.require(request.defaultMaxTokens <= request.maxTokens, "request.default-max-tokens",
                "at most request.max-tokens, which is " + request.maxTokens);
        return request;
    }

    private static Resume resume(Values values) {
        return new Resume(values.integer("resume.answers", 0, 100_000),
                values.size("resume.text", kib(1), kib(64 * 1024)),
                values.size("resume.memory", kib(1), kib(16 * 1024 * 1024)),
                values.duration("resume.grace", millis(100), minutes(10)),
                values.duration("resume.keep", Duration.ZERO, minutes(60)));
    }

    private static Keys keys(Values values) {
        Keys keys = new Keys(values.integer("keys.cache", 100, 1_000_000),
                values.duration("keys.fresh", Duration.ZERO, minutes(5)),
                values.duration("keys.grace", Duration.ZERO, Duration.ofDays(1)),
                values.integer("keys.lookups", 1, 100_000));
        values.require(keys.grace.compareTo(keys.fresh) >= 0, "keys.grace",
                "at least keys.fresh, which is " + Durations.format(keys.fresh));
        return keys;
    }

    private static Limits limits(Values values) {
        return new Limits(values.integer("limits.requests-per-minute", 0, 100_000_000),
                values.integer("limits.tokens-per-minute", 0, 100_000_000),
                values.integer("limits.concurrent-requests", 0, 1_000_000),
                values.integer("limits.tokens-per-day", 0, 2_000_000_000),
                values.integer("limits.default-answer", 16, 16_777_216));
    }

    private static Audit audit(Values values) {
        return new Audit(values.integer("audit.queue", 1, 1_000_000),
                values.integer("audit.batch", 1, 10_000),
                values.duration("audit.timeout", millis(100), minutes(5)),
                values.duration("audit.drain", Duration.ZERO, minutes(10)));
    }

    private static Model model(Values values) {
        String proxy = values.text("model.proxy");
        if (!proxy.isEmpty() && !proxy.equals("none") && !PROXY.matcher(proxy).matches()) {
            throw values.hidden("model.proxy", "nothing, none, or http://HOST:PORT");
        }
        return new Model(values.address("model.hub.hf"), values.address("model.hub.ms"), new Secret(proxy),
                values.duration("model.stall", millis(1_000), minutes(60)),
                values.integer("model.attempts", 1, 1_000));
    }

    private static DataSize kib(long kib) {
        return new DataSize(kib * 1024);
    }

    private static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    private static Duration minutes(long minutes) {
        return Duration.ofMinutes(minutes);
    }
}
