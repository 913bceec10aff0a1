package io.millrace.launcher;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.util.Optional;

/** What would stop a start, found out before anything is started. Each finding is one sentence. */
final class Preflight {

    /** Below this the database could not write its journal for long. */
    static final long LEAST_FREE_BYTES = 512L << 20;

    private Preflight() {}

    static void check(DataFolder folder, Address address) {
        folder.prepare();
        if (folder.running().isPresent() || locked(folder)) {
            throw new Failure(inUse(folder));
        }
        requireSpace(folder, LEAST_FREE_BYTES);
        requireFree(address);
    }

    static String inUse(DataFolder folder) {
        String who = DataFolder.read(folder.pid()).map(pid -> "process " + pid).orElse("another process");
        return "The data folder " + folder.root() + " is in use by " + who
                + ": stop it with ./millrace stop --data " + folder.root() + ", or choose another folder with --data.";
    }

    private static boolean locked(DataFolder folder) {
        Optional<java.nio.channels.FileLock> lock = folder.tryLock();
        lock.ifPresent(DataFolder::release);
        return lock.isEmpty();
    }

    static void requireSpace(DataFolder folder, long leastBytes) {
        long free = freeBytes(folder);
        if (free < leastBytes) {
            throw new Failure("Only %d MiB are free for the data folder %s and %d MiB are needed: make room, or choose another disk with --data."
                    .formatted(free >> 20, folder.root(), leastBytes >> 20));
        }
    }

    /** What may still be written into the folder. */
    static long freeBytes(DataFolder folder) {
        try {
            return Files.getFileStore(folder.root()).getUsableSpace();
        } catch (IOException e) {
            throw new Failure("The free space for " + folder.root() + " can't be found out (" + e.getMessage() + "): choose another disk with --data.", e);
        }
    }

    static void requireFree(Address address) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(address.host(), address.port()));
        } catch (IOException e) {
            throw new Failure("Port " + address.port() + " of " + address.host() + " can't be taken (" + e.getMessage()
                    + "): stop what uses it, or choose another with --port.", e);
        }
    }

    /** A port that is free at this moment. */
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new Failure("No port is free (" + e.getMessage() + ").", e);
        }
    }
}
