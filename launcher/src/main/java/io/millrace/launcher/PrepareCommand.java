package io.millrace.launcher;

import io.millrace.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;

/**
 * The build's last step: unpacks what is packed and lets a server start once, answer and refuse a little and stop, so that the JDK
 * can keep the classes it loaded and what it learnt of their methods in a cache for the next starts (JEP 483, 514, 515).
 * Without that cache everything works as well, only slower at first; so nothing that goes wrong here is an error.
 */
@Command(name = "prepare", hidden = true)
final class PrepareCommand implements Callable<Integer> {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /**
     * JDK 25.0.3 dies in about one of four recordings, at their end, over a class whose interface it left out meanwhile
     * ({@code InstanceKlass::can_be_verified_at_dumptime}); the server has stopped by then and nothing is lost but this time.
     */
    private static final int MOST_ATTEMPTS = 3;
    private static final int REQUESTS = 20;
    private static final int CALLERS = 8;

    @Override
    public Integer call() throws InterruptedException {
        Home home = Home.here();
        Unpacking.run(home, PrepareCommand::tell);
        tell("Preparing fast starts");
        try {
            Files.deleteIfExists(home.aotCache());
            for (int attempt = 1; !trained(home); attempt++) {
                if (attempt == MOST_ATTEMPTS) {
                    throw new Failure("the JDK wrote no cache, " + attempt + " times");
                }
                tell("The JDK died over it; once more");
            }
        } catch (IOException | Failure e) {
            tell("Starts will take a little longer, since they can't be prepared (" + e.getMessage() + ")");
        }
        return 0;
    }

    /** Whether the JDK has written its cache. */
    private static boolean trained(Home home) throws IOException, InterruptedException {
        DataFolder folder = new DataFolder(Files.createTempDirectory(Files.createDirectories(home.root().resolve("build")), "training-"));
        try {
            return train(home, folder);
        } finally {
            Unpacking.delete(folder.root());
        }
    }

    private static boolean train(Home home, DataFolder folder) throws IOException, InterruptedException {
        Properties system = new Properties();
        system.setProperty("millrace.data.dir", folder.root().toString());
        system.setProperty("millrace.http.host", "127.0.0.1");
        Configuration settings = Configuration.load(Map.of(), system);
        folder.prepare();
        Address address = new Address("127.0.0.1", Preflight.freePort());
        Path fresh = folder.root().resolve("fresh.aot");
        Map<String, String> properties = RunCommand.properties(settings, home, folder, address,
                new Models(folder, home).toServe(settings.engine().model(), _ -> { }));
        // so that it is soon full
        properties.put("millrace.lanes.p3", "1");
        ServerProcess server = ServerProcess.start(home, folder, properties, List.of("-XX:AOTCacheOutput=" + fresh));
        try {
            server.awaitReady(_ -> { });
            String key = DataFolder.read(folder.firstKey()).orElseThrow(() -> new Failure("there is no key"));
            answer(address, key);
            refuse(address, key);
        } finally {
            server.stop();
        }
        // the JVM that writes it may have died over it and left it empty
        boolean written = Files.exists(fresh) && Files.size(fresh) > 0;
        if (written) {
            Files.move(fresh, home.aotCache(), StandardCopyOption.ATOMIC_MOVE);
        }
        return written;
    }

    private static void answer(Address address, String key) throws IOException {
        for (String stream : List.of("\"stream\":true", "\"stream\":false", "\"conversation\":\"prepare\"")) {
            for (int i = 0; i < REQUESTS / 2; i++) {
                chat(address, key, "\"max_tokens\":16," + stream);
            }
        }
    }

    /** Under load it is refusals that must be quick: of a lane that is full, of a bad request, of a key that is none. */
    private static void refuse(Address address, String key) throws InterruptedException {
        try (ExecutorService threads = Executors.newFixedThreadPool(CALLERS)) {
            for (int i = 0; i < CALLERS * REQUESTS; i++) {
                threads.submit(() -> chat(address, key, "\"max_tokens\":32,\"priority\":\"P3\""));
                threads.submit(() -> chat(address, key, "\"max_tokens\":-1"));
                threads.submit(() -> chat(address, "sk-none", "\"max_tokens\":1"));
            }
            threads.shutdown();
            threads.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            threads.shutdownNow();
        }
    }

    private static Http.Reply chat(Address address, String key, String more) throws IOException {
        return Http.send("POST", address.uri("/v1/chat/completions"), key,
                "{\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]," + more + "}", PATIENCE);
    }

    private static void tell(String text) {
        System.out.println(text + " …");
    }
}
