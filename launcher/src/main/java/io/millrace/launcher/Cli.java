package io.millrace.launcher;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The command line. */
@Command(name = "millrace", synopsisSubcommandLabel = "COMMAND", mixinStandardHelpOptions = false,
        description = "Serves DeepSeek-family models from this machine, to clients of the OpenAI and DeepSeek APIs.",
        subcommands = {RunCommand.class, StopCommand.class, StatusCommand.class, LogsCommand.class, ModelCommand.class, KeyCommand.class, RegionCommand.class,
                EngineCommand.class, TestCommand.class, BenchCommand.class, VersionCommand.class, HelpCommand.class, PrepareCommand.class},
        footer = {"", "Start with: ./millrace run"})
public final class Cli {

    @CommandLine.Option(names = {"-h", "--help"}, usageHelp = true, description = "Shows this help.")
    private boolean help;

    private Cli() {}

    public static void main(String[] args) {
        CommandLine line = new CommandLine(new Cli());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, command, _) -> {
            if (!(failure instanceof Failure known)) {
                throw failure;
            }
            command.getErr().println("millrace: " + known.getMessage());
            return known.status();
        });
        if (args.length == 0) {
            line.usage(System.out);
            System.exit(0);
        }
        System.exit(line.execute(args));
    }
}
