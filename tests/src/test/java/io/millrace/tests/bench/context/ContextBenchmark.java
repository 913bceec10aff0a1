package io.millrace.tests.bench.context;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Conversations in their tiers: what they cost, and whether they hold. Prints rows and judges nothing. */
public final class ContextBenchmark {

    private static final String USAGE = "bench context [--quick] [--conversations N] [--kills N] [fetch] [recall] [kill]";
    private static final int CONVERSATIONS = 100_000;
    private static final int KILLS = 1_000;
    private static final int QUICK = 20;

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
                case "fetch", "recall", "kill" -> rows.add(arguments[i]);
                default -> throw new IllegalArgumentException("'" + arguments[i] + "' is none of: " + USAGE);
            }
        }
        Path root = Path.of(System.getProperty("millrace.root", ".."));
        Path real = root.resolve("../shared/data/conv").normalize();
        io.millrace.ejb.context.ContextBenchmark.run(rows, conversations, kills, Files.isDirectory(real) ? real : root);
    }

    private static String value(String[] arguments, int at) {
        if (at == arguments.length) {
            throw new IllegalArgumentException("a value is missing: " + USAGE);
        }
        return arguments[at];
    }
}
