package io.millrace.launcher;

import io.millrace.connector.llama.LlamaEngine;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.logging.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The models that there are, and what each would need. */
@Command(name = "list", description = "Lists the models of the data folder and the memory that each needs with the settings as they are; a star marks the one that is chosen.")
final class ModelListCommand implements Callable<Integer> {

    private static final Logger LOG = Logger.getLogger(ModelListCommand.class.getName());

    @Mixin
    private DataOption data;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        DataFolder folder = data.folder();
        Models models = new Models(folder, Home.here());
        LocalEngine engine = LocalEngine.of(data.settings(), Home.here());
        Path current = models.byDefault().orElse(null);
        List<JsonObject> served = served(folder);
        List<ModelRow> rows = new ArrayList<>();
        for (Path model : models.list()) {
            rows.add(ModelRow.of(model, model.equals(current), served, engine));
        }
        long available = LlamaEngine.availableBytes();
        if (json) {
            JsonArrayBuilder list = Json.createArrayBuilder();
            rows.forEach(row -> list.add(row.json(available)));
            System.out.println(list.build());
        } else {
            print(rows, available);
        }
        return 0;
    }

    /** What the running server serves; nothing where none runs or it does not say. */
    private static List<JsonObject> served(DataFolder folder) {
        if (folder.running().isEmpty()) {
            return List.of();
        }
        try {
            return Operator.of(folder).call("GET", "/admin/models", null).getJsonArray("data").getValuesAs(JsonObject.class);
        } catch (Failure e) {
            LOG.fine("The server does not say what it serves: " + e.getMessage());
            return List.of();
        }
    }

    private static void print(List<ModelRow> rows, long available) {
        List<List<String>> lines = new ArrayList<>(List.of(ModelRow.TITLES));
        rows.forEach(row -> lines.add(row.cells(available)));
        int[] widths = new int[ModelRow.TITLES.size()];
        lines.forEach(line -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        });
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                text.append(line.get(i)).append(" ".repeat(widths[i] - line.get(i).length() + (i == 0 ? 1 : 2)));
            }
            System.out.println(text.toString().stripTrailing());
        }
    }
}
