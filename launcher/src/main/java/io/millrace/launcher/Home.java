package io.millrace.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What the build made: the checkout and, in it, the parts that a server consists of. Two of them come packed;
 * {@link Unpacking} lays them out.
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

    /** A library that the server's class path has: where an application brings its driver, Payara unregisters it. */
    Path jdbcDriver() {
        return library("postgresql-");
    }

    private Path library(String prefix) {
        try (Stream<Path> files = Files.list(dist.resolve("lib"))) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix)).findFirst()
                    .orElseThrow(() -> new Failure("The build in " + dist + " is incomplete: build again."));
        } catch (IOException e) {
            throw new Failure("There is no build in " + dist + ": build with ./millrace run.", e);
        }
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
}
