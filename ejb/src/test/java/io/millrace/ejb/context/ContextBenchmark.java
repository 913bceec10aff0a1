package io.millrace.ejb.context;

import io.millrace.config.Configuration;
import io.millrace.ejb.vault.Vault;
import io.millrace.persistence.TestDatabase;
import io.millrace.persistence.archive.Archive;
import io.millrace.persistence.archive.PostgresArchive;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * What keeping conversations costs and whether it holds: rows {@code fetch}, {@code recall} and {@code kill}, sealed as in
 * production, on the real store and a real PostgreSQL.
 */
public final class ContextBenchmark {

    private ContextBenchmark() {}

    /**
     * @param rows          which; all of the three where none is named
     * @param conversations of {@code fetch}
     * @param kills         of {@code kill}
     * @param real          folder with real dialogues; may be missing
     */
    public static void run(List<String> rows, int conversations, int kills, Path real) throws Exception {
        Path folder = Files.createTempDirectory("millrace-context");
        Dialogues dialogues = Dialogues.in(real);
        System.out.println((dialogues.real() ? "CrossWOZ's dialogues" : "made-up dialogues") + " in " + folder + "\n\n| row | what | figure |\n|---|---|---|");
        Configuration settings = Configuration.load(Optional.empty(), Map.of("MILLRACE_DATA_DIR", folder.toString()), new Properties());
        try (TestDatabase database = new TestDatabase()) {
            Archive archive = new PostgresArchive(database.transactions());
            Wrapping wrapping = new Sealed(new Vault(settings));
            if (rows.isEmpty() || rows.contains("fetch")) {
                new TierBenchmark(folder.resolve("fetch"), wrapping, archive, conversations, dialogues).run();
            }
            if (rows.isEmpty() || rows.contains("recall")) {
                int some = Math.min(200, conversations);
                new Recall(folder.resolve("recall"), wrapping, archive, dialogues, some).run()
                        .forEach((when, found) -> System.out.println("| recall | " + when + " | " + found + " of " + some + " |"));
            }
        }
        if (rows.isEmpty() || rows.contains("kill")) {
            Kills.Seen seen = new Kills(folder.resolve("kill"), 1).run(kills, 300);
            System.out.println("| kill | processes killed with -9, turns kept | " + seen.kills() + ", " + seen.kept() + " |");
            System.out.println("| kill | lost / doubled / damaged | " + seen.lost() + " / " + seen.doubled() + " / " + seen.damaged() + " |");
        }
    }
}
