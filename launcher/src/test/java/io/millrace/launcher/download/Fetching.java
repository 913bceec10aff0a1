package io.millrace.launcher.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Secret;
import io.millrace.connector.gguf.SeedModel;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** A models folder that downloads go to, with little patience. */
final class Fetching {

    static final String TOKEN = "token-that-nobody-else-may-see";
    static final int ATTEMPTS = 3;

    final Path folder;
    final List<String> told = new ArrayList<>();
    LongSupplier free = () -> Long.MAX_VALUE;
    boolean plainAllowed;
    private final byte[] model;

    Fetching(Path folder) throws IOException {
        this.folder = folder;
        Path seed = Files.createTempFile("seed", ".gguf");
        SeedModel.write(seed, "llama-tiny", "q8_0", 1);
        this.model = Files.readAllBytes(seed);
        Files.delete(seed);
    }

    byte[] model() {
        return model.clone();
    }

    /** Another version of the model, of the same length. */
    byte[] otherModel() {
        byte[] other = model();
        other[other.length - 1] ^= 1;
        return other;
    }

    String sha256() {
        return sha256(model);
    }

    static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(Sha256.digest().digest(bytes));
    }

    /** Hubs that are this one server. */
    static Hubs hubs(URI server) {
        return new Hubs(server, new Secret(TOKEN), server, new Secret(TOKEN));
    }

    Download.Result fetch(Source source, Optional<String> wanted) throws DownloadException {
        Limits limits = new Limits(Duration.ofMillis(400), ATTEMPTS, Duration.ofMillis(5), free, 1000);
        Watcher watcher = new Watcher() {
            @Override
            public void tell(String sentence) {
                told.add(sentence);
            }

            @Override
            public void at(long bytes, long total) {
                assertTrue(total < 0 || bytes <= total, bytes + " of " + total);
            }
        };
        try (Download download = new Download(source, Proxies.of(new Secret("none"), Map.of()), limits, plainAllowed, watcher)) {
            return download.to(folder.resolve(download.fileName()), wanted);
        }
    }

    Download.Result fetch(URI address) throws DownloadException {
        return fetch(Source.parse(address.toString(), hubs(address)).orElseThrow(), Optional.empty());
    }

    /** Fails to fetch, with nothing that could be taken for a model left, and gives the reason. */
    String refused(Source source, Optional<String> wanted) {
        String message = assertThrows(DownloadException.class, () -> fetch(source, wanted)).getMessage();
        assertEquals(List.of(), files().stream().filter(name -> name.endsWith(".gguf")).toList(), message);
        assertTrue(!message.contains(TOKEN) && told.stream().noneMatch(line -> line.contains(TOKEN)), message);
        return message;
    }

    String refused(URI address) throws DownloadException {
        return refused(Source.parse(address.toString(), hubs(address)).orElseThrow(), Optional.empty());
    }

    /** All that lies in the folder, by name. */
    List<String> files() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    void assertModel(Path file) throws IOException {
        assertEquals(sha256(), sha256(Files.readAllBytes(file)));
        assertEquals(List.of(file.getFileName().toString()), files());
    }
}
