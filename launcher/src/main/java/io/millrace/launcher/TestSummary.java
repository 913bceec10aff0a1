package io.millrace.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Sums up the reports that Surefire and Failsafe left, as {@code N passed, N failed, N skipped}.
 *
 * <p>Uses the JDK alone, so that the launch script can run it from its source: {@code java TestSummary.java ROOT}. Its
 * exit status is 0 only if tests ran and none failed.
 */
record TestSummary(int passed, int failed, int skipped) {

    private static final Pattern SUITE = Pattern.compile("<testsuite\\b[^>]*>");

    public static void main(String[] args) throws IOException {
        TestSummary summary = of(Path.of(args[0]));
        System.out.println(summary);
        System.exit(summary.failed == 0 && summary.passed > 0 ? 0 : 1);
    }

    /** All reports of the modules below {@code root}. */
    static TestSummary of(Path root) throws IOException {
        int tests = 0;
        int failed = 0;
        int skipped = 0;
        for (Path report : reports(root)) {
            Matcher suite = SUITE.matcher(Files.readString(report));
            if (suite.find()) {
                tests += count(suite.group(), "tests");
                failed += count(suite.group(), "failures") + count(suite.group(), "errors");
                skipped += count(suite.group(), "skipped");
            }
        }
        return new TestSummary(tests - failed - skipped, failed, skipped);
    }

    private static List<Path> reports(Path root) throws IOException {
        try (Stream<Path> files = Files.find(root, 4, (file, _) -> file.getFileName().toString().matches("TEST-.*\\.xml")
                && file.getParent().getFileName().toString().matches("(surefire|failsafe)-reports"))) {
            return files.toList();
        }
    }

    private static int count(String suite, String attribute) {
        Matcher value = Pattern.compile("\\b" + attribute + "=\"(\\d+)\"").matcher(suite);
        return value.find() ? Integer.parseInt(value.group(1)) : 0;
    }

    @Override
    public String toString() {
        return passed + " passed, " + failed + " failed, " + skipped + " skipped";
    }
}
