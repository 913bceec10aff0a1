package io.millrace.launcher;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Models of a data folder. */
@Command(name = "model", description = "Lists, adds and chooses models.",
        subcommands = {ModelCommand.List.class}, synopsisSubcommandLabel = "COMMAND")
final class ModelCommand {

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Shows this help.")
    private boolean help;

    @Command(name = "list", description = "Lists the models of the data folder; a star marks the one that is served.")
    static final class List implements Callable<Integer> {
        @Mixin
        private DataOption data;

        @Option(names = "--json", description = "Prints JSON.")
        private boolean json;

        @Override
        public Integer call() throws IOException {
            Models models = new Models(data.folder(), Home.here());
            Path current = models.current().orElse(null);
            JsonArrayBuilder list = Json.createArrayBuilder();
            for (Path model : models.list()) {
                boolean active = model.equals(current);
                list.add(Json.createObjectBuilder().add("name", name(model)).add("bytes", Files.size(model)).add("current", active));
                if (!json) {
                    System.out.printf("%s %-40s %,15d bytes%n", active ? "*" : " ", name(model), Files.size(model));
                }
            }
            if (json) {
                System.out.println(list.build());
            }
            return 0;
        }
    }

    static String name(Path model) {
        String file = model.getFileName().toString();
        return file.substring(0, file.length() - ".gguf".length());
    }
}
