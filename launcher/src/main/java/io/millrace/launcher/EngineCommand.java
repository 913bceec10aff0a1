package io.millrace.launcher;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Builds of the native library. */
@Command(name = "engine", description = "Fetches other builds of the native library.",
        subcommands = EngineCommand.Add.class, synopsisSubcommandLabel = "COMMAND")
final class EngineCommand {

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Shows this help.")
    private boolean help;

    @Command(name = "add", description = "Fetches a build of the native library with npm and checks it against its pinned hash.")
    static final class Add implements Callable<Integer> {
        @Parameters(paramLabel = "cuda|cpu", description = "Which build.")
        private Natives.Flavour flavour;

        @Option(names = {"-h", "--help"}, usageHelp = true, description = "Shows this help.")
        private boolean help;

        @Override
        public Integer call() {
            Natives natives = new Natives(Home.here().root());
            natives.fetch(flavour, text -> System.out.println(text + " …"));
            System.out.println("It lies in " + natives.folder(flavour) + ".");
            if (flavour == Natives.Flavour.CUDA) {
                System.out.println("Use it with MILLRACE_ENGINE_NATIVES=" + natives.folder(flavour) + " ./millrace run");
                System.out.println("It needs an NVIDIA driver; without a GPU nothing beyond its loading can be checked.");
            }
            return 0;
        }
    }
}
