package io.millrace.launcher;

import io.millrace.config.DataSize;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.gguf.GgufFile;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What the list says of one model.
 *
 * @param current that it is the one that is chosen
 * @param serving that the running server answers with it
 * @param header  null when the file is none that can be served
 * @param problem why it can't; null when it can
 * @param needed  memory that serving it takes, bytes
 */
record ModelRow(String name, long bytes, boolean current, boolean serving, GgufFile header, String problem, long needed) {

    static final List<String> TITLES = List.of(" ", "NAME", "SIZE", "TYPE", "WEIGHTS", "CONTEXT", "ARCHITECTURE", "MEMORY");

    /** @param served the models that the running server describes */
    static ModelRow of(Path file, boolean current, List<JsonObject> served, LocalEngine engine) throws IOException {
        try {
            GgufFile header = GgufFile.read(file);
            boolean serving = served.stream().anyMatch(model -> model.getString("id").equals(header.name())
                    && model.getString("quantisation").equals(header.quantisation())
                    && model.getJsonNumber("parameters").longValue() == header.parameters());
            return new ModelRow(Models.name(file), Files.size(file), current, serving, header, null, engine.neededBytes(file));
        } catch (EngineException e) {
            return new ModelRow(Models.name(file), Files.size(file), current, false, null, e.getMessage(), 0);
        }
    }

    /** The cells under {@link #TITLES}. */
    List<String> cells(long available) {
        String size = new DataSize(bytes).rounded();
        String mark = current ? "*" : " ";
        if (header == null) {
            return List.of(mark, name, size, "-", "-", "-", "-", "can't be served: " + problem);
        }
        return List.of(mark, name, size, header.quantisation(), weights(header.parameters()), String.valueOf(header.contextLength()),
                header.architecture(), memory(available));
    }

    private String memory(long available) {
        String need = new DataSize(needed).rounded();
        if (serving) {
            return need + ", serving now";
        }
        return needed <= available ? need + ", fits" : "needs " + need + ", " + new DataSize(available).rounded() + " free";
    }

    private static String weights(long count) {
        return count >= 1e9 ? String.format(Locale.ROOT, "%.1f B", count / 1e9) : String.format(Locale.ROOT, "%.1f M", count / 1e6);
    }

    JsonObjectBuilder json(long available) {
        JsonObjectBuilder row = Json.createObjectBuilder().add("name", name).add("bytes", bytes).add("current", current).add("serving", serving);
        if (header == null) {
            return row.add("problem", problem);
        }
        return row.add("architecture", header.architecture()).add("quantisation", header.quantisation()).add("parameters", header.parameters())
                .add("contextLength", header.contextLength()).add("neededBytes", needed).add("availableBytes", available)
                .add("fits", serving || needed <= available);
    }
}
