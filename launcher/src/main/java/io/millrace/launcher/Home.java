package io.millrace.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.tukaani.xz.XZInputStream;

/**
 * What the build made: the checkout and, in it, the parts that a server consists of. Two of them come packed and are
 * unpacked at first use, once for all data folders.
 */
record Home(Path root, Path dist) {

    /** System properties by which the launch script and the command line say where they are. */
    static final String ROOT_PROPERTY = "launcher.root";
    static final String DIST_PROPERTY = "launcher.dist";

    static Home here() {
        Path root = Path.of(System.getProperty(ROOT_PROPERTY, ".")).toAbsolutePath().normalize();
        String dist = System.getProperty(DIST_PROPERTY);
        return new Home(root, dist == null ? root.resolve("ear/target/dist") : Path.of(dist).toAbsolutePath().normalize());
    }

    Path launcherJar() {
        return dist.resolve("launcher.jar");
    }

    Path war() {
        return dist.resolve("millrace.war");
    }

    Path rar() {
        return dist.resolve("gpu-connector.rar");
    }

    /** Payara Micro, unpacked. */
    Path payara() {
        return dist.resolve("payara");
    }

    Path payaraLauncher() {
        return payara().resolve("launch-micro.jar");
    }

    /** PostgreSQL's programs, unpacked. */
    Path postgres() {
        return dist.resolve("postgres");
    }

    Path defaultData() {
        return root.resolve("data");
    }

    /** The JDK's cache of loaded classes; belongs to this build and this JDK. */
    Path aotCache() {
        return dist.resolve("millrace-" + Runtime.version().feature() + ".aot");
    }

    /** Unpacks what is still packed. Two processes may call it at once. */
    void unpack(Consumer<String> progress) {
        if (Files.exists(payara()) && Files.exists(postgres())) {
            return;
        }
        try (FileChannel channel = FileChannel.open(dist.resolve("unpack.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
             var _ = channel.lock()) {
            if (!Files.exists(payara())) {
                progress.accept("Unpacking Payara Micro");
                unpackPayara(fresh("payara.new"));
                Files.move(dist.resolve("payara.new"), payara(), StandardCopyOption.ATOMIC_MOVE);
            }
            if (!Files.exists(postgres())) {
                progress.accept("Unpacking PostgreSQL");
                unpackPostgres(fresh("postgres.new"));
                Files.move(dist.resolve("postgres.new"), postgres(), StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new Failure("Payara Micro and PostgreSQL can't be unpacked into " + dist + " (" + e.getMessage()
                    + "): see that there is space and that you may write there.", e);
        }
    }

    private Path fresh(String name) throws IOException {
        Path folder = dist.resolve(name);
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(file);
                }
            }
        }
        return folder;
    }

    private void unpackPayara(Path into) throws IOException {
        Path output = Files.createTempFile("millrace-payara", ".log");
        try {
            Process unpacking = new ProcessBuilder(List.of(JavaCommand.java(), "-jar", dist.resolve("payara-micro.jar").toString(),
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

    private static void unpackPostgres(Path into) throws IOException {
        String archive = switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> "/postgres-linux-x86_64.txz";
            case "aarch64" -> "/postgres-linux-arm_64.txz";
            case String other -> throw new Failure("There is no embedded PostgreSQL for " + other
                    + ": set millrace.db.url to a PostgreSQL of your own.");
        };
        try (InputStream packed = Home.class.getResourceAsStream(archive)) {
            if (packed == null) {
                throw new IOException(archive + " is not on the class path");
            }
            Tar.unpack(new XZInputStream(packed), into, name -> name);
        }
    }
}
