package io.millrace.launcher;

import java.io.PrintStream;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Progress in one line that is written over on a terminal; elsewhere, a line now and then. Used by one thread. */
final class ProgressLine implements AutoCloseable {

    private static final long TERMINAL_NANOS = 200_000_000L;
    private static final long FILE_NANOS = 10_000_000_000L;

    private final PrintStream out;
    private final boolean terminal;
    private final LongSupplier nanoTime;
    private long shownAt;
    private int width;

    ProgressLine(PrintStream out, boolean terminal, LongSupplier nanoTime) {
        this.out = out;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
        this.shownAt = nanoTime.getAsLong() - (terminal ? TERMINAL_NANOS : 0);
    }

    /** On standard output. */
    static ProgressLine here() {
        return new ProgressLine(System.out, System.console() != null && System.console().isTerminal(), System::nanoTime);
    }

    /** Shows how it stands, unless that was shown a moment ago. */
    void show(Supplier<String> text) {
        long now = nanoTime.getAsLong();
        if (now - shownAt >= (terminal ? TERMINAL_NANOS : FILE_NANOS)) {
            shownAt = now;
            print(text.get());
        }
    }

    private void print(String line) {
        if (terminal) {
            out.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
            out.flush();
            width = line.length();
        } else {
            out.println(line);
        }
    }

    /** A line that stays. */
    void tell(String sentence) {
        close();
        out.println(sentence + " …");
    }

    /** Leaves the terminal's line as it is and begins a new one. */
    @Override
    public void close() {
        if (width > 0) {
            out.println();
            width = 0;
        }
    }
}
