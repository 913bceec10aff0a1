package io.millrace.launcher;

import jakarta.json.Json;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** This build. */
@Command(name = "version", description = "Prints the version of Millrace and of the JDK that runs it.")
final class VersionCommand implements Callable<Integer> {

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Shows this help.")
    private boolean help;

    @Override
    public Integer call() {
        String jdk = Runtime.version().toString();
        System.out.println(json ? Json.createObjectBuilder().add("version", Version.text()).add("jdk", jdk).build() : "Millrace " + Version.text() + " on JDK " + jdk);
        return 0;
    }
}
