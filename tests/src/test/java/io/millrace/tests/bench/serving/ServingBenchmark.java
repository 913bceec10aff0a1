package io.millrace.tests.bench.serving;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Load on a real server over HTTP, row by row; reports and asserts nothing. */
public final class ServingBenchmark {

    private static final List<Row> ROWS = List.of(new BatchingRow(), new BusyRow(), new PriorityRow(), new StallRow(),
            new PrefixRow(), new PastRow(), new ClientsRow(), new PausingRow());

    private ServingBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Options options;
        List<Row> rows;
        try {
            options = Options.of(arguments);
            rows = chosen(options.rows());
        } catch (IllegalArgumentException e) {
            System.err.println("millrace: " + e.getMessage());
            System.exit(2);
            return;
        }
        long start = System.nanoTime();
        Report report = new Report();
        try (Stage stage = new Stage(options)) {
            for (Row row : rows) {
                run(row, stage, report);
            }
        } finally {
            report.print();
            System.out.println("- " + settings(options) + ", in "
                    + Duration.ofNanos(System.nanoTime() - start).toSeconds() + " s");
        }
    }

    private static void run(Row row, Stage stage, Report report) {
        System.out.println(row.name() + ": " + row.title());
        report.begin(row.name());
        try {
            row.run(stage, report);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            report.figure("interrupted", "–");
        } catch (Exception e) {
            // the other rows go on; the table says which one is missing and why
            e.printStackTrace();
            report.figure("failed", "%s", e);
        }
    }

    private static List<Row> chosen(List<String> names) {
        String known = ROWS.stream().map(Row::name).collect(Collectors.joining(", "));
        for (String name : names) {
            if (ROWS.stream().noneMatch(row -> row.name().equals(name))) {
                throw new IllegalArgumentException("there is no row or option " + name + "; the rows are " + known + "; "
                        + Options.USAGE);
            }
        }
        return ROWS.stream().filter(row -> names.isEmpty() || names.contains(row.name())).toList();
    }

    private static String settings(Options options) throws IOException {
        return options.model().getFileName() + ", " + Runtime.getRuntime().availableProcessors() + " processors, JDK "
                + Runtime.version().feature() + ", seed " + options.seed() + (options.quick() ? ", --quick" : "")
                + "; settings are the defaults unless a row's progress names others";
    }
}
