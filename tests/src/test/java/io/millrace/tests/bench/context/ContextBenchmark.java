package io.millrace.tests.bench.context;

import io.millrace.connector.gguf.SeedModel;
import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Conversations in their tiers: what they cost, and whether they hold. Prints rows and judges nothing. */
public final class ContextBenchmark {

    private static final String USAGE = "bench context [--quick] [--conversations N] [--kills N] [fetch] [recall] [kill] [restore]";
    private static final int CONVERSATIONS = 100_000;
    private static final int KILLS = 1_000;
    private static final int QUICK = 20;
    private static final int RESTORED_TOKENS = 2048;
    private static final int ROUNDS = 3;

    private ContextBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        List<String> rows = new ArrayList<>();
        int conversations = CONVERSATIONS;
        int kills = KILLS;
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--quick" -> {
                    conversations = CONVERSATIONS / QUICK;
                    kills = KILLS / QUICK;
                }
                case "--conversations" -> conversations = Integer.parseInt(value(arguments, ++i));
                case "--kills" -> kills = Integer.parseInt(value(arguments, ++i));
                case "fetch", "recall", "kill", "restore" -> rows.add(arguments[i]);
                default -> throw new IllegalArgumentException("'" + arguments[i] + "' is none of: " + USAGE);
            }
        }
        Path root = Path.of(System.getProperty("millrace.root", ".."));
        Path real = root.resolve("../shared/data/conv").normalize();
        if (rows.isEmpty() || !rows.equals(List.of("restore"))) {
            io.millrace.ejb.context.ContextBenchmark.run(rows, conversations, kills, Files.isDirectory(real) ? real : root);
        }
        if (rows.isEmpty() || rows.contains("restore")) {
            RestoreRow.print(model(), RESTORED_TOKENS, ROUNDS);
        }
    }

    private static Path model() throws IOException {
        Path file = MillraceServer.smallModel().resolveSibling("qwen2-0.5b.gguf");
        if (!Files.exists(file)) {
            System.out.println("writing a random model of Qwen2-0.5B's shape to " + file);
            SeedModel.write(file, "qwen2-0.5b", "q8_0", 1);
        }
        return file;
    }

    private static String value(String[] arguments, int at) {
        if (at == arguments.length) {
            throw new IllegalArgumentException("a value is missing: " + USAGE);
        }
        return arguments[at];
    }
}
