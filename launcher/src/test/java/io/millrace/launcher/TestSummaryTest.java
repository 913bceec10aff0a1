package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestSummaryTest {

    @TempDir
    Path root;

    @Test
    void sumsUpBothRunnersOfAllModules() throws IOException {
        report("ejb/target/surefire-reports/TEST-a.xml", 5, 1, 1, 1);
        report("web/target/surefire-reports/TEST-b.xml", 2, 0, 0, 0);
        report("tests/target/failsafe-reports/TEST-c.xml", 3, 0, 0, 1);
        report("tests/target/failsafe-reports/failsafe-summary.xml", 100, 0, 0, 0);
        assertEquals("6 passed, 2 failed, 2 skipped", TestSummary.of(root).toString());
    }

    @Test
    void countsNothingWhereNothingRan() throws IOException {
        assertEquals(new TestSummary(0, 0, 0), TestSummary.of(root));
    }

    private void report(String file, int tests, int errors, int failures, int skipped) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, """
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuite xmlns:xsi="x" name="a" time="0.1" tests="%d" errors="%d" skipped="%d" failures="%d">
                  <testcase name="tests=&quot;7&quot;"/>
                </testsuite>
                """.formatted(tests, errors, skipped, failures));
    }
}
