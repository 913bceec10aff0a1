package io.millrace.launcher;

import io.millrace.config.Configuration;
import io.millrace.config.ConfigurationException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options that every command has which looks at a data folder. */
final class DataOption {

    @Option(names = "--data", paramLabel = "DIR", description = "Data folder (MILLRACE_DATA; otherwise 'data' in the checkout).")
    private Path data;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Shows this help.")
    private boolean help;

    /** The folder that is meant. */
    DataFolder folder() {
        return new DataFolder(settings().data().dir());
    }

    /** All settings, with the folder from the command line on top; reads the folder's own file too. */
    Configuration settings() {
        if (data != null) {
            System.setProperty("millrace.data.dir", data.toAbsolutePath().toString());
        } else if (System.getenv("MILLRACE_DATA") == null && System.getProperty("millrace.data.dir") == null) {
            System.setProperty("millrace.data.dir", Home.here().defaultData().toString());
        }
        try {
            return Configuration.load(System.getenv(), System.getProperties());
        } catch (ConfigurationException e) {
            throw new Failure(e.getMessage(), e);
        }
    }
}
