package io.millrace.launcher;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import picocli.CommandLine.Option;

/** Regions named on the command line, for a start without a file of settings. */
final class RegionOptions {

    private static final String PREFIX = "millrace.region";

    @Option(names = "--region", paramLabel = "NAME=URL", description = {"A server that speaks OpenAI's API, such as"
            + " a=http://127.0.0.1:9001/v1; the first one is preferred. Repeatable.",
            "The engine in this process is then used only if one of them is local=embedded."})
    private Map<String, String> regions = new LinkedHashMap<>();

    @Option(names = "--region-key", paramLabel = "NAME=VARIABLE", description = "Environment variable that holds the API key of a region. Repeatable.")
    private Map<String, String> keys = new LinkedHashMap<>();

    @Option(names = "--region-dialect", paramLabel = "NAME=DIALECT", description = "What a region's server understands beyond OpenAI's API:"
            + " openai, millrace, vllm, sglang, llama, deepseek or completions (otherwise it is asked). Repeatable.")
    private Map<String, String> dialects = new LinkedHashMap<>();

    /** Makes settings of them, which go before those of files and of the environment. */
    void apply() {
        for (Map<String, String> named : java.util.List.of(keys, dialects)) {
            named.keySet().stream().filter(name -> !regions.containsKey(name)).findFirst().ifPresent(name -> {
                throw new Failure("There is no region '" + name + "': name it with --region " + name + "=URL.");
            });
        }
        if (!regions.isEmpty()) {
            System.setProperty("millrace.regions", String.join(",", regions.keySet()));
        }
        regions.forEach((name, url) -> System.setProperty("millrace.region." + name + ".url", url));
        keys.forEach((name, variable) -> System.setProperty("millrace.region." + name + ".key-env", variable));
        dialects.forEach((name, dialect) -> System.setProperty("millrace.region." + name + ".dialect", dialect));
    }

    /** All that was set of regions, for the server's process. */
    static Map<String, String> properties() {
        Map<String, String> properties = new LinkedHashMap<>();
        Properties system = System.getProperties();
        system.stringPropertyNames().stream().filter(name -> name.startsWith(PREFIX)).sorted()
                .forEach(name -> properties.put(name, system.getProperty(name)));
        return properties;
    }
}
