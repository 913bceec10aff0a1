package io.millrace.ejb.kv;

import com.sun.management.OperatingSystemMXBean;
import io.millrace.config.DataSize;
import java.lang.management.ManagementFactory;

/** What KV states may take of the machine's memory, or of its container's. */
public final class HostMemory {

    private static final int PART = 8;

    private HostMemory() {}

    /** So many bytes, or as many as there may be. */
    public static long atMost(DataSize wanted) {
        long there = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize() : Runtime.getRuntime().maxMemory();
        return Math.min(wanted.bytes(), there / PART);
    }
}
