package io.millrace.tests.bench.serving;

import io.millrace.connector.gguf.SeedModel;
import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the command line asks for.
 *
 * @param rows  names; empty: all
 * @param quick fewer rounds and shorter windows
 * @param seed  of every prompt, arrival and schedule
 */
record Options(List<String> rows, boolean quick, long seed, Path model) {

    static final String USAGE = "bench serving [--quick] [--q4] [--model FILE] [--seed N] [ROW…]";

    /** @throws IllegalArgumentException for what it doesn't know */
    static Options of(String[] arguments) throws IOException {
        List<String> rows = new ArrayList<>();
        boolean quick = false;
        long seed = 1;
        String quant = "q8_0";
        Path model = null;
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--quick" -> quick = true;
                case "--q4" -> quant = "q4_0";
                case "--model" -> model = Path.of(value(arguments, ++i)).toAbsolutePath();
                case "--seed" -> seed = Long.parseLong(value(arguments, ++i));
                default -> rows.add(arguments[i]);
            }
        }
        return new Options(List.copyOf(rows), quick, seed, model == null ? halfBillion(quant) : model);
    }

    /** One of two amounts. */
    int amount(int full, int little) {
        return quick ? little : full;
    }

    private static String value(String[] arguments, int at) {
        if (at >= arguments.length) {
            throw new IllegalArgumentException(arguments[at - 1] + " needs a value: " + USAGE);
        }
        return arguments[at];
    }

    private static Path halfBillion(String quant) throws IOException {
        Path file = MillraceServer.smallModel().resolveSibling("qwen2-0.5b" + (quant.equals("q8_0") ? "" : "-" + quant) + ".gguf");
        if (!Files.exists(file)) {
            System.out.println("writing a random model of Qwen2-0.5B's shape to " + file);
            SeedModel.write(file, "qwen2-0.5b", quant, 1);
        }
        return file;
    }
}
