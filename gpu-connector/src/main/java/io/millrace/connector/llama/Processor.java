package io.millrace.connector.llama;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the processor can do, where llama.cpp's choice of code has to be helped. No state. */
final class Processor {

    private static final Path FACTS = Path.of("/proc/cpuinfo");

    private Processor() {}

    /** Whether it has matrix units (AMX); false where the system doesn't say. */
    static boolean hasAmx() {
        try {
            return Files.exists(FACTS) && Files.readString(FACTS).contains(" amx_int8");
        } catch (IOException e) {
            System.getLogger("io.millrace.connector.llama").log(System.Logger.Level.WARNING, "The processor's facts can't be read: " + e);
            return false;
        }
    }
}
