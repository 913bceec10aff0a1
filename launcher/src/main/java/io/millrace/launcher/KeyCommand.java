package io.millrace.launcher;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** API keys of a running server. */
@Command(name = "key", description = "Creates, lists, limits and revokes API keys.",
        subcommands = {KeyCommand.Create.class, KeyCommand.List.class, KeyCommand.Limit.class, KeyCommand.Revoke.class}, synopsisSubcommandLabel = "COMMAND")
final class KeyCommand {

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Shows this help.")
    private boolean help;

    @Command(name = "create", aliases = "add", description = "Creates a key and prints it, this once.")
    static final class Create implements Callable<Integer> {
        @Mixin
        private DataOption data;

        @Parameters(paramLabel = "NAME", description = "What the key is called in lists and in the audit.")
        private String name;

        @Option(names = "--ceiling", paramLabel = "LANE", defaultValue = "P1",
                description = "Highest lane that the key may ask for: P0, P1, P2 or P3 (default ${DEFAULT-VALUE}).")
        private String ceiling;

        @Mixin
        private LimitOptions limits;

        @Option(names = "--json", description = "Prints JSON.")
        private boolean json;

        @Override
        public Integer call() {
            JsonObject key = Operator.of(data.folder()).createKey(name, ceiling, limits);
            System.out.println(json ? key : key.getString("secret"));
            return 0;
        }
    }

    @Command(name = "list", description = "Lists the keys; of each only its first characters are known.")
    static final class List implements Callable<Integer> {
        @Mixin
        private DataOption data;

        @Option(names = "--json", description = "Prints JSON.")
        private boolean json;

        @Override
        public Integer call() {
            var keys = Operator.of(data.folder()).call("GET", "/admin/keys", null).getJsonArray("data");
            if (json) {
                System.out.println(keys);
                return 0;
            }
            for (JsonObject key : keys.getValuesAs(JsonObject.class)) {
                print(key);
            }
            return 0;
        }
    }

    private static void print(JsonObject key) {
        String revoked = key.isNull("revoked") ? "" : "  revoked " + key.getString("revoked");
        System.out.printf("%-24s %-12s %-4s %-24s %s%s%n", key.getString("id"), key.getString("hint") + "…",
                key.getString("ceiling"), key.getString("name"), LimitOptions.line(key), revoked);
    }

    @Command(name = "limit", description = "Changes how much a key may use, from its next request on; what is not named stays.")
    static final class Limit implements Callable<Integer> {
        @Mixin
        private DataOption data;

        @Parameters(paramLabel = "ID", description = "The key's id, as 'key list' shows it.")
        private String id;

        @Mixin
        private LimitOptions limits;

        @Option(names = "--json", description = "Prints JSON.")
        private boolean json;

        @Override
        public Integer call() {
            JsonObject changes = limits.addTo(Json.createObjectBuilder()).build();
            if (changes.isEmpty()) {
                throw new Failure("Say what to limit: --rpm, --tpm, --concurrent or --tpd, each with a number, none or default.");
            }
            JsonObject key = Operator.of(data.folder()).call("POST", "/admin/keys/" + id + "/limits", changes);
            if (json) {
                System.out.println(key);
            } else {
                print(key);
            }
            return 0;
        }
    }

    @Command(name = "revoke", description = "Revokes a key; requests with it are refused from then on.")
    static final class Revoke implements Callable<Integer> {
        @Mixin
        private DataOption data;

        @Parameters(paramLabel = "ID", description = "The key's id, as 'key list' shows it.")
        private String id;

        @Override
        public Integer call() {
            Operator.of(data.folder()).call("DELETE", "/admin/keys/" + id, null);
            System.out.println("Revoked.");
            return 0;
        }
    }
}
