package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTest {

    private static final long PART_BYTES = 1000;

    @TempDir
    Path folder;

    @Test
    void keepsTheNewestLinesInTheFileAndABoundedNumberOfOlderOnes() throws IOException {
        Path file = folder.resolve("millrace.log");
        LogFile log = new LogFile(file, PART_BYTES);
        for (int i = 0; i < 1000; i++) {
            log.publish(record("line " + i));
        }
        log.close();
        List<String> newest = Files.readAllLines(file);
        assertTrue(newest.getLast().endsWith("line 999"), newest.getLast());
        String before = Files.readAllLines(folder.resolve("millrace.log.1")).getLast();
        int first = number(newest.getFirst());
        assertEquals(first - 1, number(before), "nothing is lost where the file was turned over");
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> parts = files.toList();
            assertEquals(5, parts.size());
            for (Path part : parts) {
                assertTrue(Files.size(part) <= PART_BYTES, part + " has " + Files.size(part) + " bytes");
            }
        }
    }

    @Test
    void goesOnInTheFileOfTheRunBefore() throws IOException {
        Path file = folder.resolve("millrace.log");
        for (int run : IntStream.range(0, 2).toArray()) {
            LogFile log = new LogFile(file, PART_BYTES);
            log.publish(record("run " + run));
            log.close();
        }
        assertEquals(2, Files.readAllLines(file).size());
    }

    @Test
    void tellsAThrowableWithItsTrace() throws IOException {
        Path file = folder.resolve("millrace.log");
        LogFile log = new LogFile(file, PART_BYTES * 100);
        LogRecord record = record("it broke");
        record.setThrown(new IllegalStateException("because"));
        log.publish(record);
        log.close();
        String text = Files.readString(file);
        assertTrue(text.matches("(?s)\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z INFO    a.logger: it broke\njava.lang.IllegalStateException: because\n\tat .*"), text);
    }

    private static LogRecord record(String message) {
        LogRecord record = new LogRecord(Level.INFO, message);
        record.setLoggerName("a.logger");
        return record;
    }

    private static int number(String line) {
        return Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1));
    }
}
