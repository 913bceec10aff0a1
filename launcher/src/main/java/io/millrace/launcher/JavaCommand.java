package io.millrace.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarFile;

/** The command that runs the server's JVM. Each option says why it is there. */
final class JavaCommand {

    static final String OPTIONS_VARIABLE = "MILLRACE_JAVA_OPTS";

    private JavaCommand() {}

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /**
     * The arguments after {@code java}.
     *
     * @param properties system properties of the server
     * @param more       further options, after ours
     */
    static List<String> arguments(Home home, DataFolder folder, Map<String, String> properties, List<String> more) {
        List<String> arguments = new ArrayList<>(List.of(
                // the engine calls native code
                "--enable-native-access=ALL-UNNAMED",
                // Payara's libraries still use it; without this each start prints warnings
                "--sun-misc-unsafe-memory-access=allow",
                // a small process: one collector thread, short headers, small stacks, few arenas for code
                "-XX:+UseSerialGC",
                "-XX:+UseCompactObjectHeaders",
                "-Xms96m",
                "-Xmx512m",
                "-XX:MaxNewSize=96m",
                // KV states lie beside the heap, within bounds of their own: kv.host, kv.disk-memory
                "-XX:MaxDirectMemorySize=1t",
                "-Xss512k",
                "-XX:ReservedCodeCacheSize=96m",
                // a full collection while the server starts, because much was compiled, cost 0.2 s
                "-XX:SweeperThreshold=100",
                "-XX:MaxMetaspaceSize=256m",
                // ciphers are compiled at their first uses: until they are, AES-GCM takes 200 ms for 14 MB, and 3 ms from then on
                "-XX:CompileCommand=quiet",
                "-XX:CompileCommand=CompileThresholdScaling,com.sun.crypto.provider.*::*,0.01",
                // a virtual thread whose socket has something to say is woken by the thread that heard it, not by way of another
                "-Djdk.pollerMode=1",
                // half a server is worse than none: whoever watches it starts it again
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:ErrorFile=" + folder.logs().resolve("jvm-error-%p.log"),
                "-Djava.awt.headless=true"));
        arguments.addAll(opened(home));
        if (Files.exists(home.aotCache())) {
            arguments.add("-XX:AOTCache=" + home.aotCache());
            // a cache that no longer fits is left aside without a word
            arguments.add("-Xlog:aot=off,cds=off");
        }
        properties.forEach((name, value) -> arguments.add("-D" + name + "=" + value));
        arguments.addAll(more);
        String fromUser = System.getenv(OPTIONS_VARIABLE);
        if (fromUser != null && !fromUser.isBlank()) {
            arguments.addAll(List.of(fromUser.strip().split("\\s+")));
        }
        arguments.addAll(List.of("-cp", home.launcherJar() + ":" + home.jdbcDriver() + ":" + home.payaraLauncher(), Server.class.getName()));
        return arguments;
    }

    /** Arguments as the text of a file for {@code java @file}, so that no process list shows them. */
    static String argumentFile(List<String> arguments) {
        StringBuilder text = new StringBuilder();
        for (String argument : arguments) {
            text.append('"').append(argument.replace("\\", "\\\\").replace("\"", "\\\"")).append("\"\n");
        }
        return text.toString();
    }

    /** Payara's own manifest says which packages of the JDK it looks into. */
    private static List<String> opened(Home home) {
        try (JarFile jar = new JarFile(home.payaraLauncher().toFile())) {
            Attributes manifest = jar.getManifest().getMainAttributes();
            List<String> options = new ArrayList<>();
            for (String opened : manifest.getValue("Add-Opens").split(" ")) {
                options.add("--add-opens=" + opened + "=ALL-UNNAMED");
            }
            for (String exported : manifest.getValue("Add-Exports").split(" ")) {
                options.add("--add-exports=" + exported + "=ALL-UNNAMED");
            }
            return options;
        } catch (IOException e) {
            throw new Failure("Payara Micro's launcher " + home.payaraLauncher() + " can't be read (" + e.getMessage() + "): build again.", e);
        }
    }
}
