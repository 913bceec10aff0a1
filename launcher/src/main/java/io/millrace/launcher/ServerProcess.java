package io.millrace.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A server's process from the side of whoever starts it. */
final class ServerProcess {

    /** For large pieces of native memory, such as KV states: in pages of 4 KiB the kernel takes four times as long to give them. */
    private static final String LARGE_PAGES = "glibc.malloc.hugetlb=1";

    private final Process process;
    private final Path report;
    private final DataFolder folder;

    private ServerProcess(Process process, Path report, DataFolder folder) {
        this.process = process;
        this.report = report;
        this.folder = folder;
    }

    /** The file with the JVM's arguments, for {@code java @file}. */
    static Path arguments(Home home, DataFolder folder, Map<String, String> properties, List<String> more) throws IOException {
        Path arguments = folder.root().resolve("java.args");
        Files.writeString(arguments, JavaCommand.argumentFile(JavaCommand.arguments(home, folder, properties, more)));
        return arguments;
    }

    /** @param more further options of the JVM */
    static ServerProcess start(Home home, DataFolder folder, Map<String, String> properties, List<String> more) throws IOException {
        Path report = Files.createTempFile("millrace", ".report");
        report.toFile().deleteOnExit();
        Map<String, String> all = new LinkedHashMap<>(properties);
        all.put(Report.FILE_PROPERTY, report.toString());
        Path arguments = arguments(home, folder, all, more);
        if (Files.exists(folder.console())) {
            Files.move(folder.console(), folder.console().resolveSibling("console.log.1"), StandardCopyOption.REPLACE_EXISTING);
        }
        ProcessBuilder server = new ProcessBuilder(detached(List.of(JavaCommand.java(), "@" + arguments)))
                .redirectErrorStream(true).redirectOutput(folder.console().toFile())
                .redirectInput(Path.of("/dev/null").toFile());
        server.environment().putIfAbsent("GLIBC_TUNABLES", LARGE_PAGES);
        return new ServerProcess(server.start(), report, folder);
    }

    /** A session of its own, so that Ctrl-C or the terminal's end in this one does not reach it. */
    private static List<String> detached(List<String> command) {
        List<String> detached = new ArrayList<>();
        if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
            detached.add("/usr/bin/setsid");
        }
        detached.addAll(command);
        return detached;
    }

    /** Waits until the server is ready; stops it if this process is ended before. */
    void awaitReady(Consumer<String> progress) throws IOException, InterruptedException {
        Thread abandon = new Thread(process::destroy);
        Runtime.getRuntime().addShutdownHook(abandon);
        try {
            follow(progress);
        } finally {
            Runtime.getRuntime().removeShutdownHook(abandon);
        }
    }

    private void follow(Consumer<String> progress) throws IOException, InterruptedException {
        int read = 0;
        while (true) {
            boolean ended = process.waitFor(50, TimeUnit.MILLISECONDS);
            List<String> lines = Files.readAllLines(report);
            for (; read < lines.size(); read++) {
                String[] line = lines.get(read).split(" ", 2);
                switch (Report.Kind.valueOf(line[0])) {
                    case PROGRESS -> progress.accept(line[1]);
                    case FAILED -> throw new Failure(line[1]);
                    case NOT_READY -> throw new Failure(Failure.NOT_READY, "The server runs but can't serve yet: " + line[1]);
                    case READY -> {
                        return;
                    }
                }
            }
            if (ended) {
                throw new Failure("The server's process ended with status " + process.exitValue() + " before it was ready: "
                        + folder.console() + " and ./millrace logs may show why.");
            }
        }
    }

    /** Asks it to stop and waits for its end. */
    void stop() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }
}
