package io.millrace.tests.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

/**
 * The application brings no class that the server has in a file of its own: over such a class, loaded from both, the JDK that
 * assembles the AOT cache dies, and starts take longer.
 */
class WarLibrariesIT {

    private static final Path DIST = Path.of(System.getProperty("millrace.root", ".."), "ear/target/dist");
    /** Annotations that nothing loads. */
    private static final String NEVER_LOADED = "org/checkerframework/";

    @Test
    void theApplicationAndTheServerShareNoClass() throws IOException {
        Set<String> server = new TreeSet<>();
        libraries(DIST.resolve("payara-micro.jar"), "MICRO-INF/runtime/").values().forEach(server::addAll);
        assertTrue(server.contains("com/fasterxml/jackson/databind/ObjectMapper.class"), "the server's classes are where they are looked for");
        Map<String, Set<String>> shared = libraries(DIST.resolve("millrace.war"), "WEB-INF/lib/");
        assertTrue(shared.size() > 20, "the application's libraries are where they are looked for");
        shared.values().forEach(classes -> classes.retainAll(server));
        shared.values().removeIf(Set::isEmpty);
        assertEquals(Map.of(), shared);
    }

    /** The classes of each library below a folder of an archive. */
    private static Map<String, Set<String>> libraries(Path archive, String folder) throws IOException {
        Map<String, Set<String>> libraries = new TreeMap<>();
        try (InputStream file = Files.newInputStream(archive); ZipInputStream all = new ZipInputStream(file)) {
            for (ZipEntry entry = all.getNextEntry(); entry != null; entry = all.getNextEntry()) {
                if (entry.getName().startsWith(folder) && entry.getName().endsWith(".jar")) {
                    libraries.put(entry.getName(), classes(new ZipInputStream(all)));
                }
            }
        }
        return libraries;
    }

    private static Set<String> classes(ZipInputStream library) throws IOException {
        Set<String> classes = new TreeSet<>();
        for (ZipEntry entry = library.getNextEntry(); entry != null; entry = library.getNextEntry()) {
            String name = entry.getName();
            if (name.endsWith(".class") && !name.startsWith("META-INF/") && !name.equals("module-info.class")
                    && !name.startsWith(NEVER_LOADED)) {
                classes.add(name);
            }
        }
        return classes;
    }
}
