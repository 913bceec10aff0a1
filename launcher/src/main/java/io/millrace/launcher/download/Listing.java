package io.millrace.launcher.download;

import io.millrace.launcher.download.Reply.Published;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;

/** ModelScope's list of a repository's files, which names size and SHA-256 of each. No state. */
final class Listing {

    private static final int MOST_BYTES = 8 << 20;

    private Listing() {}

    /**
     * What the list says of the file.
     *
     * @throws DownloadException when the repository or the file is not there
     */
    static Published of(Web web, Source source) throws IOException, DownloadException {
        try (Reply reply = web.get(source, source.listing(), Map.of())) {
            if (reply.status() != 200) {
                throw Refusal.of(source, reply);
            }
            JsonObject answer = Json.createReader(new ByteArrayInputStream(reply.body().head(MOST_BYTES))).readObject();
            for (JsonValue each : answer.getJsonObject("Data").getJsonArray("Files")) {
                JsonObject file = each.asJsonObject();
                if (file.getString("Path", "").equals(source.path())) {
                    return Published.of(file.getString("Sha256", ""), file.containsKey("Size") ? file.getJsonNumber("Size").longValue() : 0);
                }
            }
        } catch (JsonException | ClassCastException | NullPointerException | IllegalStateException _) {
            throw new TryAgain("ModelScope's list of files can't be understood");
        }
        throw new DownloadException("There is no file " + source.path() + " in " + source.repository() + ": see its list of files on ModelScope.");
    }
}
