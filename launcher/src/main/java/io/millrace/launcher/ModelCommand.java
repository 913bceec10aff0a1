package io.millrace.launcher;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Models of a data folder. */
@Command(name = "model", description = "Lists, adds, chooses and quantises models.",
        subcommands = {ModelListCommand.class, ModelAddCommand.class, ModelCommand.Use.class, ModelQuantizeCommand.class}, synopsisSubcommandLabel = "COMMAND")
final class ModelCommand {

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Shows this help.")
    private boolean help;

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
