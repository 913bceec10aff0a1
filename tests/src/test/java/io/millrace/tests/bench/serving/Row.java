package io.millrace.tests.bench.serving;

/** One question that the benchmark answers. */
interface Row {

    /** What the command line calls it. */
    String name();

    /** What it does, in a line. */
    String title();

    void run(Stage stage, Report report) throws Exception;
}
