package io.millrace.ejb.batch;

import io.millrace.ejb.lane.Lane;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * Requests as they come, whoever is ready for them: drawn from a seed, or real ones whose clock is stretched until they
 * offer the load that is wanted.
 */
final class Traffic {

    private static final int LONGEST_PROMPT = 3_000;
    private static final int LONGEST_ANSWER = 800;
    private static final int BLOCK = 512;
    private static final double LONGEST_GAP_S = 60;
    private static final Pattern MOONCAKE =
            Pattern.compile("\"timestamp\":(\\d+),\"input_length\":(\\d+),\"output_length\":(\\d+),\"hash_ids\":\\[([\\d,]*)]");
    private static final DateTimeFormatter AZURE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSSS");

    /** @param seconds on the trace's own clock */
    record Arrival(double seconds, Lane lane, int[] prompt, int answer) {}

    private Traffic() {}

    /** Poisson arrivals, lengths as of chats: many short ones, few long ones. */
    static List<Arrival> drawn(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Arrival> arrivals = new ArrayList<>();
        double seconds = 0;
        for (int i = 0; i < count; i++) {
            seconds -= Math.log(1 - random.nextDouble());
            arrivals.add(new Arrival(seconds, lane(random), text(random, length(random, 150, LONGEST_PROMPT)),
                    length(random, 60, LONGEST_ANSWER)));
        }
        return arrivals;
    }

    /** The beginning of Azure's trace of chats. */
    static List<Arrival> azure(Path corpus, int most) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        List<Arrival> arrivals = new ArrayList<>();
        for (String line : Files.readAllLines(corpus.resolve("llmtrace/azure2023_conv.csv")).subList(1, most + 1)) {
            String[] fields = line.split(",");
            double seconds = LocalDateTime.parse(fields[0], AZURE).toInstant(ZoneOffset.UTC).toEpochMilli() / 1e3;
            arrivals.add(new Arrival(seconds, lane(random), text(random, bounded(fields[1], LONGEST_PROMPT)),
                    bounded(fields[2], LONGEST_ANSWER)));
        }
        return withoutPauses(arrivals);
    }

    /** Mooncake's trace, whose prompts begin alike; all lengths a tenth, to fit a small context. */
    static List<Arrival> mooncake(Path corpus, int most) throws IOException {
        SplittableRandom random = new SplittableRandom(2);
        List<Arrival> arrivals = new ArrayList<>();
        Path file = corpus.resolve("llmtrace/mooncake_conversation_trace.jsonl.gz");
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null && arrivals.size() < most; line = lines.readLine()) {
                Matcher fields = MOONCAKE.matcher(line);
                if (!fields.find()) {
                    throw new IOException(file + " has a line that is no request: " + line);
                }
                int length = Math.clamp(Integer.parseInt(fields.group(2)) / 10, 1, LONGEST_PROMPT);
                int[] blocks = Arrays.stream(fields.group(4).split(",")).mapToInt(Integer::parseInt).toArray();
                int[] prompt = new int[length];
                Arrays.setAll(prompt, i -> blocks[Math.min(blocks.length - 1, i / (BLOCK / 10))]);
                arrivals.add(new Arrival(Long.parseLong(fields.group(1)) / 1e3, lane(random), prompt,
                        bounded(fields.group(3), LONGEST_ANSWER)));
            }
        }
        return withoutPauses(arrivals);
    }

    /** The traces are blocks of five minutes with pauses between them, which were no pauses. */
    private static List<Arrival> withoutPauses(List<Arrival> arrivals) {
        List<Arrival> close = new ArrayList<>();
        double cut = 0;
        double before = arrivals.getFirst().seconds();
        for (Arrival each : arrivals) {
            cut += Math.max(0, each.seconds() - before - LONGEST_GAP_S);
            before = each.seconds();
            close.add(new Arrival(each.seconds() - cut, each.lane(), each.prompt(), each.answer()));
        }
        return close;
    }

    private static int bounded(String length, int most) {
        return Math.clamp(Integer.parseInt(length), 1, most);
    }

    private static int length(SplittableRandom random, double median, int most) {
        return (int) Math.clamp(median * Math.exp(0.8 * random.nextGaussian()), 1, most);
    }

    private static Lane lane(SplittableRandom random) {
        double drawn = random.nextDouble();
        return drawn < 0.05 ? Lane.P0 : drawn < 0.2 ? Lane.P1 : Lane.P3;
    }

    private static int[] text(SplittableRandom random, int length) {
        return random.ints(length).toArray();
    }
}
