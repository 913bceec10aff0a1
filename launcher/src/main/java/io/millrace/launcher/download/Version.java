package io.millrace.launcher.download;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Which file on which server a half-fetched one is a part of; kept beside it, so that another call can go on.
 *
 * @param address  for a reader's eyes, without its query
 * @param key      a hash of the whole address, which may hold a signature
 * @param etag     empty when there was none
 * @param modified {@code Last-Modified}; empty when there was none
 * @param bytes    of the whole file; −1 when not known
 * @param sha256   that the hub published; empty when it did not
 */
record Version(String address, String key, String etag, String modified, long bytes, String sha256) {

    static Version of(Source source, Reply reply, Optional<String> sha256) {
        return new Version(Source.shown(source.address()), key(source), reply.header("ETag"), reply.header("Last-Modified"),
                reply.announced().orElse(-1), sha256.orElse(""));
    }

    static String key(Source source) {
        byte[] hash = Sha256.digest().digest(source.address().toString().getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(hash, 0, 16);
    }

    /** Value of {@code If-Range} (RFC 9110, 13.1.5): a strong validator or none. */
    Optional<String> validator() {
        if (!etag.isEmpty() && !etag.startsWith("W/")) {
            return Optional.of(etag);
        }
        return Optional.of(modified).filter(date -> !date.isEmpty());
    }

    /** Whether what is there can be gone on with: the server or a checksum would tell if the file has changed. */
    boolean canGoOn() {
        return !sha256.isEmpty() || validator().isPresent();
    }

    Version withBytes(long whole) {
        return new Version(address, key, etag, modified, whole, sha256);
    }

    static Optional<Version> read(Path file) {
        try {
            JsonObject json = Json.createReader(new StringReader(Files.readString(file))).readObject();
            return Optional.of(new Version(json.getString("address"), json.getString("key"), json.getString("etag"),
                    json.getString("modified"), json.getJsonNumber("bytes").longValue(), json.getString("sha256")));
        } catch (IOException | JsonException | ClassCastException | NullPointerException | IllegalStateException _) {
            return Optional.empty();
        }
    }

    void write(Path file) throws IOException {
        Files.writeString(file, Json.createObjectBuilder().add("address", address).add("key", key).add("etag", etag)
                .add("modified", modified).add("bytes", bytes).add("sha256", sha256).build().toString() + "\n");
    }
}
