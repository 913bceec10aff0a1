package io.millrace.config;

import io.millrace.config.Values.Value;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The four places that a setting can come from, put one on top of the other. Owned by the thread that loads. */
final class Sources {
    static final String DEFAULTS = "millrace-defaults.properties";
    static final String ENV_PREFIX = "MILLRACE_";
    static final String SYSTEM_PREFIX = "millrace.";

    /** Short names for what people set most. */
    private static final Map<String, String> ENV_ALIASES = Map.of(
            "MILLRACE_PORT", "http.port", "MILLRACE_DATA", "data.dir", "MILLRACE_MODEL", "engine.model");

    /** Names that the launch script reads, and the name of the file itself: known, but not keys. */
    private static final Set<String> ENV_NOT_KEYS = Set.of("MILLRACE_JAVA_OPTS", "MILLRACE_CONFIG");

    /** The name of the file itself, and what the build sets for tests. */
    private static final Set<String> SYSTEM_NOT_KEYS =
            Set.of("millrace.config.file", "millrace.root", "millrace.natives");

    /**
     * Variables that Kubernetes adds to each container for a service named millrace or millrace-something
     * ("service links"), such as {@code MILLRACE_PORT=tcp://10.0.0.7:8080}. They are nobody's settings.
     */
    private static final Pattern SERVICE_LINK = Pattern.compile(
            "MILLRACE_(.+_)?(SERVICE_(HOST|PORT)(_.+)?=.*|PORT(_\\d+_(TCP|UDP|SCTP))?=(tcp|udp|sctp)://.*"
            + "|PORT_\\d+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR)=.*)", Pattern.DOTALL);

    /** A key with {@code *} in it stands for one key for each name, and is the default of them all. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]*");

    private final Map<String, Value> values = new TreeMap<>();
    private final Map<String, String> keyByVariable = new HashMap<>(ENV_ALIASES);

    /** Starts with the defaults: they say which keys there are. */
    Sources() {
        properties(defaults(), DEFAULTS).forEach((key, text) -> {
            values.put(key, new Value(text, "default"));
            keyByVariable.put(variable(key), key);
        });
    }

    void file(Path file) {
        Map<String, String> properties;
        try (Reader reader = Files.newBufferedReader(file)) {
            properties = properties(reader, file.toString());
        } catch (IOException e) {
            throw new ConfigurationException("The settings in " + file + " can't be read: " + e, e);
        }
        properties.forEach((key, text) -> {
            if (!isOfFamily(key)) {
                requireKnown(key, values.keySet(), "key", " in " + file);
            }
            values.put(key, new Value(text, file.toString()));
        });
    }

    void environment(Map<String, String> env) {
        Map<String, String> setBy = new HashMap<>();
        new TreeMap<>(env).forEach((name, text) -> {
            if (!name.startsWith(ENV_PREFIX) || text.isEmpty() || ENV_NOT_KEYS.contains(name)
                    || SERVICE_LINK.matcher(name + "=" + text).matches()) {
                return;
            }
            String key = keyByVariable.getOrDefault(name, familyKey(name));
            if (key == null) {
                requireKnown(name, keyByVariable.keySet(), "environment variable", "");
            }
            String other = setBy.put(key, name);
            if (other != null) {
                throw new ConfigurationException("%s and %s both set %s; keep one".formatted(other, name, key));
            }
            values.put(key, new Value(text, "environment variable " + name));
        });
    }

    void system(Properties system) {
        Set<String> known = new TreeSet<>();
        values.keySet().forEach(key -> known.add(SYSTEM_PREFIX + key));
        for (String name : new TreeSet<>(system.stringPropertyNames())) {
            if (name.startsWith(SYSTEM_PREFIX) && !SYSTEM_NOT_KEYS.contains(name)) {
                String key = name.substring(SYSTEM_PREFIX.length());
                if (!isOfFamily(key)) {
                    requireKnown(name, known, "system property", "");
                }
                values.put(key, new Value(system.getProperty(name), "system property " + name));
            }
        }
    }

    Values values() {
        return new Values(values);
    }

    /** Whether it is {@code region.beijing.url} for a {@code region.*.url} among the defaults. */
    private boolean isOfFamily(String key) {
        String[] parts = key.split("\\.", 3);
        return parts.length == 3 && NAME.matcher(parts[1]).matches() && values.containsKey(parts[0] + ".*." + parts[2]);
    }

    /** {@code region.beijing-a.key-file} for {@code MILLRACE_REGION_BEIJING_A_KEY_FILE}; null when it is no such variable. */
    private String familyKey(String variable) {
        String longest = null;
        for (String key : values.keySet()) {
            int star = key.indexOf('*');
            if (star < 0) {
                continue;
            }
            String before = variable(key.substring(0, star));
            String after = variable(key.substring(star + 1)).substring(ENV_PREFIX.length());
            boolean fits = variable.startsWith(before) && variable.endsWith(after) && variable.length() > before.length() + after.length();
            if (fits && (longest == null || key.length() > longest.length())) {
                longest = key;
            }
        }
        return longest == null ? null : named(longest, variable);
    }

    private static String named(String family, String variable) {
        int star = family.indexOf('*');
        int after = variable(family.substring(star + 1)).length() - ENV_PREFIX.length();
        String name = variable.substring(variable(family.substring(0, star)).length(), variable.length() - after);
        return family.replace("*", name.toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    static String variable(String key) {
        return ENV_PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    static Reader defaults() {
        InputStream resource = Sources.class.getResourceAsStream(DEFAULTS);
        if (resource == null) {
            throw new IllegalStateException(DEFAULTS + " is missing beside " + Sources.class.getName());
        }
        return new InputStreamReader(resource, StandardCharsets.UTF_8);
    }

    private static void requireKnown(String name, Collection<String> known, String kind, String where) {
        if (!known.contains(name)) {
            throw new ConfigurationException("Unknown %s %s%s. Did you mean %s?"
                    .formatted(kind, name, where, Spelling.nearest(name, known)));
        }
    }

    /** Reads the properties format; a key that stands there twice is an error, not a matter of order. */
    private static Map<String, String> properties(Reader reader, String where) {
        Map<String, String> found = new TreeMap<>();
        Properties collector = new Properties() {
            @Override
            public synchronized Object put(Object key, Object text) {
                if (found.put((String) key, ((String) text).strip()) != null) {
                    throw new ConfigurationException(key + " stands twice in " + where);
                }
                return null;
            }
        };
        try (reader) {
            collector.load(reader);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(where + " is not a properties file: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }
}
