package io.millrace.launcher;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Models of a data folder. */
@Command(name = "model", description = "Lists, adds and chooses models.",
        subcommands = {ModelCommand.List.class, ModelCommand.Add.class, ModelCommand.Use.class}, synopsisSubcommandLabel = "COMMAND")
final class ModelCommand {

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Shows this help.")
    private boolean help;

    @Command(name = "list", description = "Lists the models of the data folder; a star marks the one that is chosen.")
    static final class List implements Callable<Integer> {
        @Mixin
        private DataOption data;

        @Option(names = "--json", description = "Prints JSON.")
        private boolean json;

        @Override
        public Integer call() throws IOException {
            Models models = new Models(data.folder(), Home.here());
            Path current = models.byDefault().orElse(null);
            JsonArrayBuilder list = Json.createArrayBuilder();
            for (Path model : models.list()) {
                boolean chosen = model.equals(current);
                list.add(Json.createObjectBuilder().add("name", Models.name(model)).add("bytes", Files.size(model)).add("current", chosen));
                if (!json) {
                    System.out.printf("%s %-40s %,18d bytes%n", chosen ? "*" : " ", Models.name(model), Files.size(model));
                }
            }
            if (json) {
                System.out.println(list.build());
            }
            return 0;
        }
    }

    @Command(name = "add", description = "Copies a GGUF file into the data folder, once its header was found to be in order.")
    static final class Add implements Callable<Integer> {
        @Mixin
        private DataOption data;

        @Parameters(paramLabel = "FILE", description = "A GGUF file on this machine. Fetching from addresses and hubs comes later.")
        private Path file;

        @Option(names = "--name", paramLabel = "NAME", description = "What to call it; otherwise as the file is called.")
        private String name;

        @Override
        public Integer call() {
            DataFolder folder = data.folder();
            folder.prepare();
            String called = name == null ? Models.name(file) : name;
            new Models(folder, Home.here()).add(file, called, text -> System.out.println(text + " …"));
            System.out.println("Added. Serve it with ./millrace model use " + called);
            return 0;
        }
    }

    @Command(name = "use", description = "Chooses the model that is served, at once if the server runs, and after each start.")
    static final class Use implements Callable<Integer> {
        @Mixin
        private DataOption data;

        @Parameters(paramLabel = "NAME", description = "A name from 'model list', or the path of a GGUF file.")
        private String name;

        @Option(names = "--json", description = "Prints JSON.")
        private boolean json;

        @Override
        public Integer call() {
            DataFolder folder = data.folder();
            folder.prepare();
            Models models = new Models(folder, Home.here());
            Path model = models.find(name);
            Models.read(model);
            boolean running = folder.running().isPresent();
            JsonObject served = running ? Operator.of(folder).call("POST", "/admin/models", Json.createObjectBuilder().add("path", model.toString()).build())
                    : Json.createObjectBuilder().add("path", model.toString()).build();
            models.choose(model);
            System.out.println(json ? served : running ? "The server answers with " + Models.name(model) + " now." : "The next start serves " + Models.name(model) + ".");
            return 0;
        }
    }
}
