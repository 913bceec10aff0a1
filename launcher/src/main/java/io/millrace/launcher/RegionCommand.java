package io.millrace.launcher;

import jakarta.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks at the regions of a running server and takes them out of service. */
@Command(name = "region", description = "Shows the regions elsewhere, and takes one out of service or back.",
        subcommands = {RegionCommand.List.class, RegionCommand.Drain.class, RegionCommand.Undrain.class, RegionCommand.Reclaim.class})
final class RegionCommand {

    @Command(name = "list", description = "Lists the regions elsewhere and how they are.")
    static final class List implements Callable<Integer> {
        @Mixin
        private DataOption data;

        @Option(names = "--json", description = "Prints JSON.")
        private boolean json;

        @Override
        public Integer call() {
            JsonObject answer = Operator.of(data.folder()).call("GET", "/admin/regions", null);
            if (json) {
                System.out.println(answer.getJsonArray("data"));
            } else {
                print(answer);
            }
            return 0;
        }
    }

    /** Changes one region's service, and prints how all are then. */
    private abstract static class Change implements Callable<Integer> {
        @Mixin
        private DataOption data;

        @Parameters(paramLabel = "NAME", description = "The region's name.")
        private String name;

        private final String method;
        private final String what;

        Change(String method, String what) {
            this.method = method;
            this.what = what;
        }

        @Override
        public Integer call() {
            print(Operator.of(data.folder()).call(method, "/admin/regions/" + name + "/" + what, null));
            return 0;
        }
    }

    @Command(name = "drain", description = "Sends nothing new to a region; what runs there finishes.")
    static final class Drain extends Change {
        Drain() {
            super("POST", "drain");
        }
    }

    @Command(name = "undrain", description = "Puts a region into service again.")
    static final class Undrain extends Change {
        Undrain() {
            super("DELETE", "drain");
        }
    }

    @Command(name = "reclaim", description = "A region is about to vanish: nothing new goes there, and what runs there goes on elsewhere at once.")
    static final class Reclaim extends Change {
        Reclaim() {
            super("POST", "reclaim");
        }
    }

    private static void print(JsonObject answer) {
        for (JsonObject region : answer.getJsonArray("data").getValuesAs(JsonObject.class)) {
            String trouble = region.getString("trouble");
            System.out.printf("%-16s %-8s %-12s %3d running %3d waiting  %s%s%n", region.getString("name"),
                    region.getBoolean("drained") ? "drained" : region.getString("state"), region.getString("dialect"), region.getInt("running"),
                    region.getInt("waiting"), region.getString("url"), trouble.isEmpty() ? "" : "  " + trouble);
        }
    }
}
