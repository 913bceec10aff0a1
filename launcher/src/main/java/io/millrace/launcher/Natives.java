package io.millrace.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Fetches the native library with the npm client and checks it against {@code config/natives.properties}.
 *
 * <p>Uses the JDK alone, so that a build can run it from its source: {@code java Natives.java ROOT}.
 */
final class Natives {

    /** A build of the library: what it is called on the command line, and what its package's name adds. */
    enum Flavour {
        CPU("", "natives"), CUDA("-cuda", "natives-cuda");

        private final String suffix;
        private final String folder;

        Flavour(String suffix, String folder) {
            this.suffix = suffix;
            this.folder = folder;
        }
    }

    private static final String STAMP = "PACKAGE";
    private static final long PATIENCE_MINUTES = 20;

    private final Path root;
    private final Properties pins = new Properties();

    Natives(Path root) {
        this.root = root.toAbsolutePath().normalize();
        try (InputStream in = Files.newInputStream(root.resolve("config/natives.properties"))) {
            pins.load(in);
        } catch (IOException e) {
            throw new Failure("config/natives.properties can't be read (" + e.getMessage() + "): get a complete checkout.", e);
        }
    }

    public static void main(String[] args) {
        try {
            new Natives(Path.of(args[0])).fetch(Flavour.CPU, System.out::println);
        } catch (Failure e) {
            System.err.println("millrace: " + e.getMessage());
            System.exit(e.status());
        }
    }

    /** Where the flavour's files lie once it is fetched. */
    Path folder(Flavour flavour) {
        return root.resolve("build").resolve(flavour.folder);
    }

    /** Whether the flavour is there in the version that is wanted. */
    boolean present(Flavour flavour) {
        Path stamp = folder(flavour).resolve(STAMP);
        try {
            return Files.exists(stamp) && Files.readString(stamp).strip().equals(integrity(flavour));
        } catch (IOException e) {
            return false;
        }
    }

    /** Fetches the flavour unless it is present. */
    void fetch(Flavour flavour, Consumer<String> progress) {
        if (present(flavour)) {
            return;
        }
        String name = pin(flavour, "package");
        progress.accept("Fetching " + name + " " + pins.getProperty("version"));
        try {
            Path work = Files.createTempDirectory(Files.createDirectories(root.resolve("build")), "fetch-");
            try {
                Path archive = pack(name, work);
                check(archive, integrity(flavour), name);
                unpack(archive, work.resolve("unpacked"));
                Files.writeString(work.resolve("unpacked").resolve(STAMP), integrity(flavour));
                replace(work.resolve("unpacked"), folder(flavour));
            } finally {
                delete(work);
            }
        } catch (IOException e) {
            throw new Failure("The native library can't be put into " + folder(flavour) + " (" + e.getMessage() + ").", e);
        }
    }

    private Path pack(String name, Path work) throws IOException {
        Path output = work.resolve("npm.log");
        try {
            Process npm = new ProcessBuilder("npm", "pack", name + "@" + pins.getProperty("version"), "--silent")
                    .directory(work.toFile()).redirectErrorStream(true).redirectOutput(output.toFile()).start();
            if (!npm.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES) || npm.exitValue() != 0) {
                npm.destroyForcibly();
                throw new Failure("npm could not fetch " + name + ": see that its registry can be reached, then try again. npm said: "
                        + Files.readString(output).strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("Interrupted while fetching " + name + ".");
        } catch (IOException e) {
            throw new Failure("npm was not found: install Node.js with npm, then try again.", e);
        }
        try (Stream<Path> files = Files.list(work)) {
            return files.filter(file -> file.toString().endsWith(".tgz")).findFirst()
                    .orElseThrow(() -> new Failure("npm fetched nothing for " + name + "."));
        }
    }

    private static void check(Path archive, String integrity, String name) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-512");
            try (InputStream in = new DigestInputStream(Files.newInputStream(archive), digest)) {
                in.transferTo(OutputStream.nullOutputStream());
            }
            String actual = "sha512-" + Base64.getEncoder().encodeToString(digest.digest());
            if (!actual.equals(integrity)) {
                throw new Failure("What npm fetched as " + name + " is not the pinned package (its hash is " + actual
                        + "): don't use it, and find out which registry answered.");
            }
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-512", e);
        }
    }

    /** The libraries and the licence, side by side. */
    private static void unpack(Path archive, Path into) throws IOException {
        Files.createDirectories(into);
        try (InputStream in = new GZIPInputStream(Files.newInputStream(archive), 1 << 16)) {
            Tar.unpack(in, into, name -> {
                String file = name.substring(name.lastIndexOf('/') + 1);
                boolean library = name.startsWith("package/bins/") && file.contains(".so");
                return library || name.equals("package/LICENSE") ? file : null;
            });
        }
    }

    private static void replace(Path fresh, Path folder) throws IOException {
        delete(folder);
        Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private String integrity(Flavour flavour) {
        return pin(flavour, "integrity");
    }

    private String pin(Flavour flavour, String what) {
        String platform = platform() + flavour.suffix;
        String value = pins.getProperty(platform + "." + what);
        if (value == null) {
            throw new Failure("There is no native library for " + platform
                    + " here: Millrace runs on Linux, x86-64 or arm64 (CUDA: x86-64 only).");
        }
        return value;
    }

    private static String platform() {
        String system = System.getProperty("os.name").toLowerCase().contains("linux") ? "linux" : System.getProperty("os.name");
        return system + "-" + switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> "x64";
            case "aarch64" -> "arm64";
            case String other -> other;
        };
    }
}
