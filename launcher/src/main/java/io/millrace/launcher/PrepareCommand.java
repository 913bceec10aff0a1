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
import picocli.CommandLine.Command;

/**
 * The build's last step: unpacks what is packed and lets a server start once, answer a little and stop, so that the JDK
 * can keep the classes it loaded and what it learnt of their methods in a cache for the next starts (JEP 483, 514, 515).
 * Without that cache everything works as well, only slower at first; so nothing that goes wrong here is an error.
 */
@Command(name = "prepare", hidden = true)
final class PrepareCommand implements Callable<Integer> {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int REQUESTS = 20;

    @Override
    public Integer call() throws InterruptedException {
        Home home = Home.here();
        Unpacking.run(home, PrepareCommand::tell);
        tell("Preparing fast starts");
        try {
            Files.deleteIfExists(home.aotCache());
            DataFolder folder = new DataFolder(Files.createTempDirectory(Files.createDirectories(home.root().resolve("build")), "training-"));
            try {
                train(home, folder);
            } finally {
                Unpacking.delete(folder.root());
            }
        } catch (IOException | Failure e) {
            tell("Starts will take a little longer, since they can't be prepared (" + e.getMessage() + ")");
        }
        return 0;
    }

    private static void train(Home home, DataFolder folder) throws IOException, InterruptedException {
        Properties system = new Properties();
        system.setProperty("millrace.data.dir", folder.root().toString());
        system.setProperty("millrace.http.host", "127.0.0.1");
        Configuration settings = Configuration.load(Map.of(), system);
        folder.prepare();
        Address address = new Address("127.0.0.1", Preflight.freePort());
        Path fresh = folder.root().resolve("fresh.aot");
        Map<String, String> properties = RunCommand.properties(settings, home, folder, address,
                new Models(folder, home).toServe(settings.engine().model(), _ -> { }));
        ServerProcess server = ServerProcess.start(home, folder, properties, List.of("-XX:AOTCacheOutput=" + fresh));
        try {
            server.awaitReady(_ -> { });
            answer(address, DataFolder.read(folder.firstKey()).orElseThrow(() -> new Failure("there is no key")));
        } finally {
            server.stop();
        }
        if (!Files.exists(fresh)) {
            throw new Failure("the JDK wrote no cache");
        }
        Files.move(fresh, home.aotCache(), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void answer(Address address, String key) throws IOException {
        for (String stream : List.of("true", "false")) {
            for (int i = 0; i < REQUESTS / 2; i++) {
                Http.send("POST", address.uri("/v1/chat/completions"), key,
                        "{\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],\"max_tokens\":16,\"stream\":" + stream + "}", PATIENCE);
            }
        }
    }

    private static void tell(String text) {
        System.out.println(text + " …");
    }
}
