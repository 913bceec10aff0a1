package io.millrace.connector.llama;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotWork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LeakTest {

    /** Until the JIT has compiled what there is to compile; its own memory moves by megabytes before. */
    private static final int WARM_UP = 5_000;
    private static final int GENERATIONS = 10_000;
    private static final long ALLOWED_KIB = 4 << 10;

    private static long residentKib() throws IOException {
        System.gc();
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElseThrow();
    }

    @Test void memoryStaysFlatOverTenThousandGenerations() throws Exception {
        try (LlamaEngine engine = Engines.open("qwen2-tiny")) {
            Player player = new Player(engine);
            int[] prompt = engine.tokenizer().encode("The people would like to know, 世界?", true, true);
            for (int i = 0; i < WARM_UP; i++) {
                generate(player, prompt, i);
            }
            long before = residentKib();
            for (int i = WARM_UP; i < GENERATIONS; i++) {
                generate(player, prompt, i);
            }
            long after = residentKib();
            assertTrue(after - before < ALLOWED_KIB, "grew from " + before + " to " + after + " KiB");
        }
    }

    /** Every kind of work, and every kind of sampler, takes its turn. */
    private static void generate(Player player, int[] prompt, int i) throws Exception {
        int slot = i % 7;
        Sampling sampling = switch (i % 4) {
            case 0 -> Sampling.GREEDY;
            case 1 -> Player.warm(0.8f, i);
            case 2 -> new Sampling(0.7f, 20, 0.9f, 0, 1.1f, 0.2f, 0.1f, i, Map.of(5, -3f), null, 3);
            default -> Player.withGrammar("root ::= [a-z ]+");
        };
        player.open(slot, sampling);
        player.follow(slot, player.prefill(slot, prompt), 3);
        if (i % 16 == 0) {
            KvSnapshot snapshot = player.save(slot);
            SlotId other = new SlotId(7);
            player.step(new SlotWork.Open(other, sampling), new SlotWork.Restore(other, snapshot),
                    new SlotWork.Trim(other, 5), new SlotWork.Release(other),
                    new SlotWork.Open(other, sampling), new SlotWork.Fork(other, new SlotId(slot), 6),
                    new SlotWork.Release(other));
            snapshot.close();
            player.engine().tokenizer().encode("some more text", true, true);
        }
        player.release(slot);
    }

    @Test void openingAndClosingEnginesLeavesNothingBehind() throws Exception {
        for (int i = 0; i < 20; i++) {
            Engines.open("deepseek2-tiny").close();
        }
        long before = residentKib();
        for (int i = 0; i < 60; i++) {
            Engines.open("deepseek2-tiny").close();
        }
        long after = residentKib();
        assertTrue(after - before < 2 * ALLOWED_KIB, "grew from " + before + " to " + after + " KiB");
    }
}
