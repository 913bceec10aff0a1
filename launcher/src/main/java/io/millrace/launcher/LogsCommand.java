package io.millrace.launcher;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows the server's log. */
@Command(name = "logs", description = "Prints the end of the server's log.")
final class LogsCommand implements Callable<Integer> {

    @Mixin
    private DataOption data;

    @Option(names = {"-f", "--follow"}, description = "Goes on printing what is added.")
    private boolean follow;

    @Option(names = {"-n", "--lines"}, paramLabel = "N", defaultValue = "100", description = "Lines from the end (default ${DEFAULT-VALUE}).")
    private int lines;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path log = data.folder().log();
        if (!Files.exists(log)) {
            throw new Failure("There is no log at " + log + " yet: start the server with ./millrace run.");
        }
        long end = Files.size(log);
        Deque<String> last = new ArrayDeque<>();
        try (Stream<String> all = Files.lines(log)) {
            all.forEach(line -> {
                last.add(line);
                if (last.size() > lines) {
                    last.remove();
                }
            });
        }
        last.forEach(System.out::println);
        while (follow) {
            end = printFrom(log, end);
            Thread.sleep(200);
        }
        return 0;
    }

    private static long printFrom(Path log, long from) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            long length = file.length();
            // a shorter file is a new one: the log was turned over
            long start = length < from ? 0 : from;
            byte[] added = new byte[(int) Math.min(length - start, 1 << 20)];
            file.seek(start);
            file.readFully(added);
            System.out.print(new String(added, StandardCharsets.UTF_8));
            return start + added.length;
        }
    }
}
