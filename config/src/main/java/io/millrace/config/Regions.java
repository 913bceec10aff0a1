package io.millrace.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where answers come from. Immutable.
 *
 * @param all      in order of preference; never empty
 * @param attempts how many times an answer may be taken up again
 * @param probe    zero: never
 * @param patience how long a call waits for a region to come back when none can serve
 * @param hedges   share of the calls that may be asked of two regions at once; 0: none
 */
public record Regions(List<Region> all, Duration connectTimeout, Duration firstToken, Duration silenceLeast,
                      Duration silenceMost, Duration probe, Duration patience, int attempts, double hedges) {

    private static final int MOST = 64;
    private static final String EMBEDDED = "embedded";

    /**
     * One of them.
     *
     * @param url    empty: the engine in this process
     * @param models what is called here KEY is called there VALUE; empty: as the server says itself
     * @param keyEnv empty: none
     * @param reclaimFile while it exists, the region is about to vanish
     */
    public record Region(String name, Optional<URI> url, Dialect dialect, Map<String, String> models, Optional<String> keyEnv,
                         Optional<Path> keyFile, Optional<Path> authorities, Http http, int calls, int weight, Cost cost,
                         String realm, Optional<Path> reclaimFile) {
        public Region {
            models = Map.copyOf(models);
        }

        public boolean embedded() {
            return url.isEmpty();
        }
    }

    /** What a server understands beyond OpenAI's API; AUTO asks it. */
    public enum Dialect { AUTO, OPENAI, MILLRACE, VLLM, SGLANG, LLAMA, DEEPSEEK, COMPLETIONS }

    public enum Http { AUTO, H1, H2 }

    public enum Cost { ONDEMAND, SPOT }

    public Regions {
        all = List.copyOf(all);
    }

    /** Whether the engine in this process is one of them. */
    public boolean embedded() {
        return all.stream().anyMatch(Region::embedded);
    }

    static Regions read(Values values) {
        List<String> names = names(values);
        region(values, "*");
        List<Region> all = (names.isEmpty() ? List.of("local") : names).stream().map(name -> region(values, name)).toList();
        values.require(all.stream().filter(Region::embedded).count() <= 1, "regions",
                "at most one region without an address of its own: set region.NAME.url for the others");
        Regions regions = new Regions(all, values.duration("regions.connect-timeout", millis(50), minutes(1)),
                values.duration("regions.first-token", millis(100), minutes(60)),
                values.duration("regions.silence-least", millis(20), minutes(1)),
                values.duration("regions.silence-most", millis(100), minutes(10)),
                values.duration("regions.probe", Duration.ZERO, minutes(60)),
                values.duration("regions.patience", Duration.ZERO, minutes(60)),
                values.integer("regions.attempts", 0, 100), values.decimal("regions.hedges", 0, 1));
        values.require(regions.silenceMost.compareTo(regions.silenceLeast) >= 0, "regions.silence-most",
                "at least regions.silence-least, which is " + Durations.format(regions.silenceLeast));
        return regions;
    }

    private static List<String> names(Values values) {
        List<String> names = list(values.text("regions"));
        values.require(names.size() <= MOST && names.stream().allMatch(name -> name.matches("[a-z0-9][a-z0-9-]{0,62}"))
                && names.stream().distinct().count() == names.size(), "regions",
                "at most " + MOST + " different names of small letters, digits and dashes, separated by commas");
        Set<String> set = values.names("region");
        set.removeAll(names);
        values.require(set.isEmpty(), "regions", "to name " + set + ", since settings of that region are there");
        return names;
    }

    private static Region region(Values values, String name) {
        String at = "region." + name + ".";
        boolean embedded = values.text(at + "url").equals(EMBEDDED);
        return new Region(name, embedded ? Optional.empty() : Optional.of(values.address(at + "url")),
                values.oneOf(at + "dialect", Dialect.class), models(values, at + "models"),
                Optional.of(values.text(at + "key-env")).filter(text -> !text.isEmpty()), file(values, at + "key-file"),
                file(values, at + "authorities"), values.oneOf(at + "http", Http.class), values.integer(at + "calls", 1, 10_000),
                values.integer(at + "weight", 1, 1000), values.oneOf(at + "cost", Cost.class), values.text(at + "realm", 0, 64),
                file(values, at + "reclaim-file"));
    }

    private static Map<String, String> models(Values values, String key) {
        Map<String, String> models = new LinkedHashMap<>();
        for (String entry : list(values.text(key))) {
            String[] names = entry.split("=", 2);
            String here = names[0].strip();
            String there = names[names.length - 1].strip();
            values.require(!here.isEmpty() && !there.isEmpty(), key, "NAME=OTHER or NAME, separated by commas");
            models.put(here, there);
        }
        return models;
    }

    private static Optional<Path> file(Values values, String key) {
        return Optional.of(values.path(key)).filter(path -> !path.toString().isEmpty());
    }

    private static List<String> list(String text) {
        return Arrays.stream(text.split(",")).map(String::strip).filter(part -> !part.isEmpty()).toList();
    }

    private static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    private static Duration minutes(long minutes) {
        return Duration.ofMinutes(minutes);
    }
}
