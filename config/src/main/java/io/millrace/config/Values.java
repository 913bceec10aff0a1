package io.millrace.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The text of every key and where it came from, read with a type and bounds. Immutable. */
final class Values {

    /** @param source for the message, when the text is bad: {@code environment variable MILLRACE_PORT} */
    record Value(String text, String source) {}

    private final Map<String, Value> byKey;

    Values(Map<String, Value> byKey) {
        this.byKey = Map.copyOf(byKey);
    }

    String text(String key) {
        return value(key).text();
    }

    String text(String key, int least, int most) {
        String text = text(key);
        if (text.length() < least || text.length() > most) {
            throw bad(key, least + " to " + most + " characters", null);
        }
        return text;
    }

    /** A secret, empty or of a length within the bounds. The message about a bad one doesn't show it. */
    Secret secret(String key, int least, int most) {
        int length = text(key).length();
        if (length != 0 && (length < least || length > most)) {
            throw hidden(key, "nothing, or %d to %d characters, not %d".formatted(least, most, length));
        }
        return new Secret(text(key));
    }

    int integer(String key, int least, int most) {
        return bounded(key, Integer::valueOf, "a whole number", least, most, String::valueOf);
    }

    double decimal(String key, double least, double most) {
        return bounded(key, Double::valueOf, "a number", least, most, String::valueOf);
    }

    Duration duration(String key, Duration least, Duration most) {
        return bounded(key, Durations::parse, Durations.FORM, least, most, Durations::format);
    }

    DataSize size(String key, DataSize least, DataSize most) {
        return bounded(key, DataSize::parse, DataSize.FORM, least, most, DataSize::toString);
    }

    boolean flag(String key) {
        return switch (text(key)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw bad(key, "true or false", null);
        };
    }

    <E extends Enum<E>> E oneOf(String key, Class<E> type) {
        E[] constants = type.getEnumConstants();
        return Arrays.stream(constants)
                .filter(constant -> lower(constant).equals(text(key)))
                .findFirst()
                .orElseThrow(() -> bad(key, "one of " + Arrays.stream(constants).map(Values::lower).toList(), null));
    }

    Path path(String key) {
        try {
            return Path.of(text(key));
        } catch (InvalidPathException e) {
            throw bad(key, "a path", e);
        }
    }

    /** The address of a web server, without a slash at its end. */
    URI address(String key) {
        String expected = "an address that begins with https:// or http://";
        if (text(key).contains("@")) {
            throw hidden(key, expected + " and holds no user name and no password");
        }
        try {
            URI address = new URI(text(key).replaceAll("/+$", ""));
            boolean web = "https".equals(address.getScheme()) || "http".equals(address.getScheme());
            if (!web || address.getHost() == null || address.getQuery() != null) {
                throw bad(key, expected, null);
            }
            return address;
        } catch (URISyntaxException e) {
            throw bad(key, expected, e);
        }
    }

    /** For what {@code holds} between two keys: stops with a message that blames {@code key} when it doesn't. */
    void require(boolean holds, String key, String expected) {
        if (!holds) {
            throw bad(key, expected, null);
        }
    }

    /** About a bad value that must not be shown. */
    ConfigurationException hidden(String key, String expected) {
        return new ConfigurationException(
                "%s is wrong (%s), expected %s".formatted(key, value(key).source(), expected));
    }

    private <T extends Comparable<? super T>> T bounded(String key, Function<String, T> parse, String form, T least,
                                                        T most, Function<T, String> print) {
        String expected = form + " from " + print.apply(least) + " to " + print.apply(most);
        T parsed;
        try {
            parsed = parse.apply(text(key));
        } catch (IllegalArgumentException e) {
            throw bad(key, expected, e);
        }
        if (parsed.compareTo(least) < 0 || parsed.compareTo(most) > 0) {
            throw bad(key, expected, null);
        }
        return parsed;
    }

    private ConfigurationException bad(String key, String expected, Exception cause) {
        Value value = value(key);
        return new ConfigurationException(
                "%s is \"%s\" (%s), expected %s".formatted(key, value.text(), value.source(), expected), cause);
    }

    /** The names for which keys of a family are set: {@code beijing} for {@code region.beijing.url}. */
    Set<String> names(String family) {
        return byKey.keySet().stream().filter(key -> key.startsWith(family + ".") && !key.startsWith(family + ".*"))
                .map(key -> key.split("\\.")[1]).collect(Collectors.toCollection(TreeSet::new));
    }

    /** A key that isn't set for a name has the value that is set for all. */
    private Value value(String key) {
        Value value = byKey.get(key);
        String[] parts = key.split("\\.", 3);
        if (value == null && parts.length == 3) {
            value = byKey.get(parts[0] + ".*." + parts[2]);
        }
        if (value == null) {
            throw new IllegalStateException(key + " is missing in " + Sources.DEFAULTS);
        }
        return value;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
