package io.millrace.launcher;

import io.millrace.config.Configuration;
import io.millrace.config.DataSize;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.llama.LlamaEngine;
import io.millrace.launcher.download.Download;
import io.millrace.launcher.download.DownloadException;
import io.millrace.launcher.download.Hubs;
import io.millrace.launcher.download.Limits;
import io.millrace.launcher.download.Proxies;
import io.millrace.launcher.download.Source;
import io.millrace.launcher.download.Watcher;
import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Puts a model into the data folder: copied from this machine, or fetched. */
@Command(name = "add", description = "Puts a GGUF file into the data folder, copied or fetched, once it is complete and its header is in order.",
        footer = {"", "A fetch that broke off goes on where it was when the same command is given again.",
            "HF_TOKEN and MODELSCOPE_API_TOKEN are shown to their hub alone; HTTPS_PROXY, HTTP_PROXY, NO_PROXY and HF_ENDPOINT count too."})
final class ModelAddCommand implements Callable<Integer> {

    @Mixin
    private DataOption data;

    @Parameters(paramLabel = "FILE|URL|hf:OWNER/REPO/FILE|ms:OWNER/REPO/FILE",
            description = "A GGUF file: of this machine, at an address, at Hugging Face or at ModelScope (also OWNER/REPO@REVISION).")
    private String from;

    @Option(names = "--name", paramLabel = "NAME", description = "What to call it; otherwise as the file is called.")
    private String name;

    @Option(names = "--sha256", paramLabel = "HEX", description = "The SHA-256 that the file must have; otherwise the one that the hub publishes.")
    private String sha256;

    @Option(names = "--allow-http", description = "Lets a server send us on from https to http.")
    private boolean plainAllowed;

    @Option(names = "--json", description = "Prints the result as JSON, and progress nowhere.")
    private boolean json;

    @Override
    public Integer call() {
        Optional<String> wanted = wanted();
        Configuration settings = data.settings();
        DataFolder folder = data.folder();
        folder.prepare();
        Models models = new Models(folder, Home.here());
        Map<String, String> environment = System.getenv();
        try {
            Optional<Source> source = Source.parse(from, Hubs.of(settings.model(), environment));
            Added added = source.isPresent() ? fetch(source.get(), settings, folder, models, wanted, environment) : copy(models, wanted);
            report(added, LocalEngine.of(settings, Home.here()));
            return 0;
        } catch (DownloadException e) {
            throw new Failure(e.getMessage(), e);
        }
    }

    private record Added(Path file, long bytes, String sha256, boolean checked, long resumedAt, int attempts) {}

    private Optional<String> wanted() {
        if (sha256 == null) {
            return Optional.empty();
        }
        String hex = sha256.strip().toLowerCase(Locale.ROOT);
        if (!hex.matches("[0-9a-f]{64}")) {
            throw new Failure("--sha256 takes 64 hexadecimal digits, not '" + sha256 + "'.");
        }
        return Optional.of(hex);
    }

    private Added copy(Models models, Optional<String> wanted) {
        Path file = Path.of(from);
        Models.Copied copied = models.add(file, name == null ? Models.name(file) : name, wanted, text -> tell(text + " …"));
        return new Added(copied.file(), copied.bytes(), copied.sha256(), wanted.isPresent(), 0, 0);
    }

    private Added fetch(Source source, Configuration settings, DataFolder folder, Models models, Optional<String> wanted, Map<String, String> environment)
            throws DownloadException {
        Limits limits = new Limits(settings.model().stall(), settings.model().attempts(), Limits.USUAL_PAUSE,
                () -> Preflight.freeBytes(folder), Preflight.LEAST_FREE_BYTES);
        Proxies proxies = Proxies.of(settings.model().proxy(), environment);
        try (ProgressLine line = ProgressLine.here(); Download download = new Download(source, proxies, limits, plainAllowed, watcher(line))) {
            Path target = models.free(name == null ? download.fileName() : name);
            tell("Fetching " + source + " as " + Models.name(target) + " …");
            AtomicBoolean underWay = new AtomicBoolean(true);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> sayHowToGoOn(underWay, target)));
            try {
                Download.Result result = download.to(target, wanted);
                return new Added(target, result.bytes(), result.sha256(), wanted.isPresent() || result.published(), result.resumedAt(), result.attempts());
            } finally {
                underWay.set(false);
            }
        }
    }

    /** Ctrl-C ends the process wherever it is; what was written stays. */
    private static void sayHowToGoOn(AtomicBoolean underWay, Path target) {
        if (underWay.get()) {
            System.err.println("\nmillrace: Stopped. What was fetched lies in " + target + ".part, and the same command goes on from there.");
        }
    }

    private Watcher watcher(ProgressLine line) {
        if (!json) {
            return new DownloadProgress(line, System::nanoTime);
        }
        return new Watcher() {
            @Override
            public void tell(String sentence) {
                ModelAddCommand.this.tell(sentence + " …");
            }

            @Override
            public void at(long bytes, long total) {
                // only the result is wanted
            }
        };
    }

    private void tell(String line) {
        (json ? System.err : System.out).println(line);
    }

    private void report(Added added, LocalEngine engine) {
        String called = Models.name(added.file);
        if (json) {
            JsonObjectBuilder result = Json.createObjectBuilder().add("name", called).add("path", added.file.toString()).add("bytes", added.bytes)
                    .add("sha256", added.sha256).add("checked", added.checked).add("resumedAt", added.resumedAt).add("attempts", added.attempts);
            System.out.println(result.build());
            return;
        }
        String fetched = added.attempts > 0 ? "; nobody published one to compare it with" : "";
        System.out.println("SHA-256 " + added.sha256 + (added.checked ? ", as it should be" : fetched));
        noteMemory(added.file, engine);
        System.out.println("Added. Serve it with ./millrace model use " + called);
    }

    private static void noteMemory(Path model, LocalEngine engine) {
        try {
            long needed = engine.neededBytes(model);
            long available = LlamaEngine.availableBytes();
            if (needed > available) {
                System.out.println("It needs " + new DataSize(needed).rounded() + " of memory, and " + new DataSize(available).rounded() + " are free.");
            }
        } catch (EngineException e) {
            throw new Failure(e.getMessage(), e);
        }
    }
}
