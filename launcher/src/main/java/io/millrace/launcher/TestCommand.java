package io.millrace.launcher;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Only its help: the launch script runs the tests itself, since they need nothing built before. */
@Command(name = "test", description = "Builds everything and runs all tests; prints 'N passed, N failed, N skipped' at the end.",
        footer = {"", "Arguments are passed on to Maven, for example -Dit.test=StartIT."})
final class TestCommand {

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Shows this help.")
    private boolean help;
}
