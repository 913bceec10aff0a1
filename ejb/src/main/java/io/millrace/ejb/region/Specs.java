package io.millrace.ejb.region;

import io.millrace.config.Regions;
import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.HttpVersion;
import io.millrace.connector.remote.RemoteSpec;
import io.millrace.ejb.config.Environment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Between the configuration's words and the adapter's. */
final class Specs {

    private Specs() {}

    static RemoteSpec of(Regions.Region region, Duration connectTimeout) {
        return new RemoteSpec(region.name(), region.url().orElseThrow(), dialect(region), key(region), region.authorities().orElse(null),
                connectTimeout, switch (region.http()) {
                    case AUTO -> HttpVersion.AUTO;
                    case H1 -> HttpVersion.HTTP_1_1;
                    case H2 -> HttpVersion.HTTP_2;
                });
    }

    /** AUTO is nothing but the common API until the server was asked. */
    private static Dialect dialect(Regions.Region region) {
        return region.dialect() == Regions.Dialect.AUTO ? Dialect.OPENAI : Dialect.valueOf(region.dialect().name());
    }

    private static String key(Regions.Region region) {
        String key = region.keyEnv().map(name -> required(Environment.variable(name), region, "variable " + name))
                .or(() -> region.keyFile().map(file -> required(read(file, region), region, "file " + file))).orElse("").strip();
        return key.isEmpty() ? null : key;
    }

    private static String required(String key, Regions.Region region, String place) {
        if (key.isBlank()) {
            throw new IllegalStateException("The API key of region " + region.name() + " is missing: the " + place + " is empty.");
        }
        return key;
    }

    private static String read(Path file, Regions.Region region) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("The API key of region " + region.name() + " can't be read from " + file + ".", e);
        }
    }
}
