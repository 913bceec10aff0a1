package io.millrace.launcher;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.logging.ErrorManager;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;

/**
 * The server's log: the newest part in one file of a fixed name, a few older parts beside it ({@code millrace.log.1} is
 * the youngest of them), so that its size is bounded. Thread-safe.
 *
 * <p>{@code java.util.logging.FileHandler} would number the newest part too, and Payara's own handler keeps nothing
 * that is logged before its services are up, which is when a start fails. Set up in {@code logging.properties} by
 * {@code io.millrace.launcher.LogFile.file}.
 */
public final class LogFile extends Handler {

    private static final long PART_BYTES = 10L << 20;
    private static final int OLDER_PARTS = 4;

    private final Path file;
    private final long partBytes;
    private OutputStream out;
    private long written;

    public LogFile() {
        this(Path.of(LogManager.getLogManager().getProperty(LogFile.class.getName() + ".file")), PART_BYTES);
    }

    LogFile(Path file, long partBytes) {
        this.file = file;
        this.partBytes = partBytes;
        setFormatter(new LogLine());
    }

    @Override
    public synchronized void publish(LogRecord record) {
        if (!isLoggable(record)) {
            return;
        }
        byte[] line = getFormatter().format(record).getBytes(StandardCharsets.UTF_8);
        try {
            if (out == null) {
                open();
            } else if (written + line.length > partBytes) {
                turnOver();
            }
            out.write(line);
            written += line.length;
        } catch (IOException e) {
            reportError("The log " + file + " can't be written", e, ErrorManager.WRITE_FAILURE);
        }
    }

    private void open() throws IOException {
        written = Files.exists(file) ? Files.size(file) : 0;
        out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private void turnOver() throws IOException {
        close();
        for (int part = OLDER_PARTS; part > 0; part--) {
            Path younger = part == 1 ? file : part(part - 1);
            if (Files.exists(younger)) {
                Files.move(younger, part(part), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        open();
    }

    private Path part(int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    @Override
    public void flush() {
        // nothing is kept back: each line goes to the system at once
    }

    @Override
    public synchronized void close() {
        try {
            if (out != null) {
                out.close();
            }
        } catch (IOException e) {
            reportError("The log " + file + " can't be closed", e, ErrorManager.CLOSE_FAILURE);
        } finally {
            out = null;
        }
    }
}
