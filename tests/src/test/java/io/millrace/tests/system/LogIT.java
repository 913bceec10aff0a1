package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.tests.MillraceServer;
import io.millrace.tests.system.Client.Reply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who looks into the log for what went wrong finds that and nothing else. */
class LogIT {

    /** So many that some come on a thread that has served before. */
    private static final int CALLS = 60;

    @Test
    void callsThatGoWellLeaveNoWarning(@TempDir Path data) throws Exception {
        try (MillraceServer server = MillraceServer.start(data, Map.of())) {
            Client client = new Client(server);
            Path log = server.data().resolve("logs/millrace.log");
            int before = Files.readAllLines(log).size();
            for (int i = 0; i < CALLS; i++) {
                Reply reply = client.chat(Client.endless("hello " + i, 1));
                assertEquals(200, reply.status(), reply.body());
            }
            assertEquals(List.of(), Files.readAllLines(log).stream().skip(before).filter(line -> !line.contains(" INFO ")).toList());
        }
    }
}
