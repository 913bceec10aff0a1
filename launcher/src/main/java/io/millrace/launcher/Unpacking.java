package io.millrace.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.tukaani.xz.XZInputStream;

/** Lays out Payara Micro and PostgreSQL beside the archives they come in, once for all data folders. */
final class Unpacking {

    private Unpacking() {}

    /** Unpacks what is still packed. Two processes may call it at once. */
    static void run(Home home, Consumer<String> progress) {
        if (Files.exists(home.payara()) && Files.exists(home.postgres())) {
            return;
        }
        try (FileChannel channel = FileChannel.open(home.dist().resolve("unpack.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
             var _ = channel.lock()) {
            if (!Files.exists(home.payara())) {
                progress.accept("Unpacking Payara Micro");
                unpackPayara(home, fresh(home, "payara.new"));
                Files.move(home.dist().resolve("payara.new"), home.payara(), StandardCopyOption.ATOMIC_MOVE);
            }
            if (!Files.exists(home.postgres())) {
                progress.accept("Unpacking PostgreSQL");
                unpackPostgres(fresh(home, "postgres.new"));
                Files.move(home.dist().resolve("postgres.new"), home.postgres(), StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new Failure("Payara Micro and PostgreSQL can't be unpacked into " + home.dist() + " (" + e.getMessage()
                    + "): see that there is space and that you may write there.", e);
        }
    }

    private static Path fresh(Home home, String name) throws IOException {
        Path folder = home.dist().resolve(name);
        delete(folder);
        return folder;
    }

    /** Deletes a folder and all that is in it. */
    static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void unpackPayara(Home home, Path into) throws IOException {
        Path output = Files.createTempFile("millrace-payara", ".log");
        try {
            Process unpacking = new ProcessBuilder(List.of(JavaCommand.java(), "-jar", home.dist().resolve("payara-micro.jar").toString(),
                    "--rootDir", into.toString(), "--outputLauncher"))
                    .redirectErrorStream(true).redirectOutput(output.toFile()).start();
            if (unpacking.waitFor() != 0 || !Files.exists(into.resolve("launch-micro.jar"))) {
                throw new IOException("Payara Micro said: " + Files.readString(output).strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            Files.delete(output);
        }
    }

    static void unpackPostgres(Path into) throws IOException {
        String archive = switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> "/postgres-linux-x86_64.txz";
            case "aarch64" -> "/postgres-linux-arm_64.txz";
            case String other -> throw new Failure("There is no embedded PostgreSQL for " + other
                    + ": set millrace.db.url to a PostgreSQL of your own.");
        };
        try (InputStream packed = Unpacking.class.getResourceAsStream(archive)) {
            if (packed == null) {
                throw new IOException(archive + " is not on the class path");
            }
            Tar.unpack(new XZInputStream(packed), into, name -> name);
        }
    }
}
