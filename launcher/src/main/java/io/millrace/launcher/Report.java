package io.millrace.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What a starting server tells whoever waits for it, a line at a time: to the file that the command line watches or,
 * in the foreground, to standard output.
 */
record Report(Path file) {

    static final String FILE_PROPERTY = "launcher.report";

    /** The kinds of line; each stands in front of its text. */
    enum Kind { PROGRESS, READY, NOT_READY, FAILED }

    static Report fromProperty() {
        String file = System.getProperty(FILE_PROPERTY);
        return new Report(file == null ? null : Path.of(file));
    }

    boolean isForeground() {
        return file == null;
    }

    void progress(String text) {
        say(Kind.PROGRESS, text);
    }

    void say(Kind kind, String text) {
        if (file == null) {
            (kind == Kind.FAILED ? System.err : System.out).println(kind == Kind.FAILED ? "millrace: " + text : text);
            return;
        }
        try {
            Files.writeString(file, kind + " " + text.replace('\n', ' ') + "\n", StandardOpenOption.APPEND);
        } catch (NoSuchFileException e) {
            // whoever waited has gone
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
