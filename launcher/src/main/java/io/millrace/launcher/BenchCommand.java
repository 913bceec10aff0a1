package io.millrace.launcher;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Only its help: the launch script runs the benchmarks, which live among the tests. */
@Command(name = "bench", description = "Runs a benchmark and prints its figures.")
final class BenchCommand {

    @Parameters(paramLabel = "NAME", description = "overhead: what the way over HTTP costs against the engine alone.")
    private String name;

    @Parameters(paramLabel = "ARGUMENT", arity = "0..*", index = "1..*", description = "Of the benchmark; overhead takes ROUNDS TOKENS MODEL.")
    private String[] arguments;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Shows this help.")
    private boolean help;
}
