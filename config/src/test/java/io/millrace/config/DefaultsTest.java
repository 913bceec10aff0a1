package io.millrace.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Configuration.Engine;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DefaultsTest {
    private static final Pattern BOUNDS = Pattern.compile("(-?\\d+\\w*) to (-?\\d+\\w*)");
    private static final Pattern NUMBER = Pattern.compile("(-?\\d+)(\\w*)");

    /** Whoever changes a default changes this test too, and so knows that it is a change for everybody. */
    @Test
    void everyDefaultIsPinned() {
        Configuration pinned = new Configuration(
                new Configuration.Http("127.0.0.1", 8080, new DataSize(4L << 20), new DataSize(256L << 20), 4096, 4096, Duration.ofSeconds(5),
                        Duration.ofSeconds(30), Duration.ofSeconds(30)),
                new Configuration.Data(Path.of("data")),
                new Configuration.Db(Optional.empty(), "millrace", new Secret(""), Duration.ofSeconds(5),
                        Duration.ofSeconds(30), Duration.ofSeconds(1), Duration.ofSeconds(30)),
                new Engine(Path.of("data/natives"), Optional.empty(), 0, 32, 512, 0, Engine.KvType.F16, true,
                        Engine.Toggle.AUTO, -1, Duration.ofMinutes(2), 4, Engine.Toggle.AUTO),
                new Configuration.Lanes(List.of(64, 256, 512, 1024), Duration.ofSeconds(120), 4_000_000, 2,
                        List.of(1, 8, 3, 1)),
                new Configuration.Batch(8, 512, 2, Engine.Toggle.AUTO, Duration.ofMillis(250), Duration.ofSeconds(2), Duration.ofMillis(50)),
                new Configuration.Kv(32, 0.5, 0.3, new DataSize(1 << 30), new DataSize(2L << 30), new DataSize(1 << 30), Duration.ofSeconds(20)),
                new Configuration.Request(0, 32_768),
                new Configuration.Flow(new DataSize(256 << 10)),
                new Configuration.Resume(1024, new DataSize(1 << 20), new DataSize(32 << 20), Duration.ofSeconds(30), Duration.ofMinutes(2)),
                new Configuration.Cluster(List.of(), "", "127.0.0.1", 7800, new Secret("")),
                new Configuration.Keys(10_000, Duration.ofSeconds(5), Duration.ofSeconds(60), 200),
                new Configuration.Limits(0, 0, 0, 0, 4096),
                new Configuration.Audit(8192, 256, Duration.ofSeconds(5), Duration.ofSeconds(10)),
                new Configuration.Operator(new Secret("")),
                new Configuration.Model(URI.create("https://huggingface.co"), URI.create("https://modelscope.cn"), new Secret(""),
                        Duration.ofSeconds(30), 6),
                new Regions(List.of(new Regions.Region("local", Optional.empty(), Regions.Dialect.AUTO, Map.of(), Optional.empty(),
                        Optional.empty(), Optional.empty(), Regions.Http.AUTO, 64, 1, Regions.Cost.ONDEMAND, "", Optional.empty())),
                        Duration.ofSeconds(2), Duration.ofMinutes(1), Duration.ofMillis(300), Duration.ofSeconds(10),
                        Duration.ofSeconds(10), Duration.ofSeconds(5), 8, 0.05),
                new VaultKeys(new Secret(""), Optional.empty(), List.of()),
                new Conversations(5, new DataSize(64 << 20), new DataSize(4L << 30), Duration.ofHours(24), Duration.ofMinutes(5), Duration.ZERO, 32_768, false,
                        new Conversations.Texts("Continuing our earlier discussion. You mentioned: {mentioned}", "继续之前的讨论，您提到：{mentioned}",
                                "What was said earlier in this conversation, in excerpts: {mentioned}", "本次对话较早内容的摘录：{mentioned}"), Duration.ofDays(30)),
                Optional.empty());

        assertEquals(pinned, Configuration.load(Optional.empty(), Map.of(), new Properties()));
    }

    @Test
    void theFileSaysOfEachKeyWhatItDoesAndWhatIsAllowed() throws IOException {
        comments().forEach((key, comment) ->
                assertTrue(comment.size() >= 2, key + " needs a sentence and a line with what is allowed: " + comment));
    }

    @Test
    void boundsInTheFileAreThoseThatHold() throws IOException {
        int checked = 0;
        for (var entry : comments().entrySet()) {
            Matcher bounds = BOUNDS.matcher(entry.getValue().getLast());
            if (bounds.matches()) {
                for (String outside : List.of(plus(bounds.group(1), -1), plus(bounds.group(2), 1))) {
                    assertThrows(ConfigurationException.class, () -> with(entry.getKey(), outside),
                            () -> entry.getKey() + " = " + outside + " lies outside " + bounds.group());
                }
                assertAllowed(entry.getKey(), bounds.group(1));
                assertAllowed(entry.getKey(), bounds.group(2));
                checked++;
            }
        }
        assertTrue(checked > 25, "checked only " + checked);
    }

    @Test
    void noTwoKeysShareAnEnvironmentVariable() throws IOException {
        List<String> variables = comments().keySet().stream().map(Sources::variable).toList();
        assertEquals(variables.stream().distinct().toList(), variables);
    }

    /** The bound itself is allowed, unless another key forbids it; then the message says so. */
    private static void assertAllowed(String key, String bound) {
        try {
            with(key, bound);
        } catch (ConfigurationException e) {
            assertTrue(e.getMessage().contains("expected at least ") || e.getMessage().contains("expected at most "),
                    () -> bound + " should be allowed: " + e.getMessage());
        }
    }

    private static Configuration with(String key, String text) {
        Properties system = new Properties();
        system.setProperty("millrace." + key, text);
        return Configuration.load(Optional.empty(), Map.of(), system);
    }

    private static String plus(String number, int one) {
        Matcher parts = NUMBER.matcher(number);
        assertTrue(parts.matches(), number);
        return Long.parseLong(parts.group(1)) + one + parts.group(2);
    }

    /** Each key and the comment directly above it. */
    private static Map<String, List<String>> comments() throws IOException {
        Map<String, List<String>> comments = new LinkedHashMap<>();
        try (BufferedReader reader = new BufferedReader(Sources.defaults())) {
            List<String> comment = new ArrayList<>();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith("#")) {
                    comment.add(line.substring(1).strip());
                } else {
                    if (!line.isBlank()) {
                        comments.put(line.split("=")[0].strip(), List.copyOf(comment));
                    }
                    comment.clear();
                }
            }
        }
        return comments;
    }
}
