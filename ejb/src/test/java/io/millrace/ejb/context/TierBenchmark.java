package io.millrace.ejb.context;

import io.millrace.ejb.tier.Chest;
import io.millrace.ejb.tier.ChestRoom;
import io.millrace.persistence.archive.Archive;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** What the tiers cost with many conversations in them. Prints rows; judges nothing. */
public final class TierBenchmark {

    private static final String TENANT = "key_0123456789abcdef";
    private static final int IN_FLIGHT = 64;
    private static final int FETCHES = 5_000;
    private static final long MEMORY = 64L << 20;

    private final Path folder;
    private final Wrapping wrapping;
    private final Archive archive;
    private final int conversations;
    private final Dialogues dialogues;
    private final Random random = new Random(7);

    TierBenchmark(Path folder, Wrapping wrapping, Archive archive, int conversations, Dialogues dialogues) {
        this.folder = folder;
        this.wrapping = wrapping;
        this.archive = archive;
        this.conversations = conversations;
        this.dialogues = dialogues;
    }

    void run() throws Exception {
        long empty = System.nanoTime();
        ChestRoom room = ChestRoom.alone(folder);
        Chest disk = room.onDisk("turns");
        row("start with an empty store, s", "%.2f", (System.nanoTime() - empty) / 1e9);
        Tiers tiers = tiers(room, disk);
        fill(tiers);
        archiveSome(tiers);
        fetch(tiers);
        room.close();
        long bytes;
        try (var files = Files.walk(folder)) {
            bytes = files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
        }
        row("store on disk, MiB", "%.0f", bytes / 1048576.0);
        long full = System.nanoTime();
        ChestRoom again = ChestRoom.alone(folder);
        Tiers reopened = tiers(again, again.onDisk("turns"));
        row("start with the full store, s", "%.2f", (System.nanoTime() - full) / 1e9);
        row("first fetch after it, ms", "%.2f", millis(() -> reopened.find(TENANT, "c" + (conversations - 1))));
        again.close();
    }

    private Tiers tiers(ChestRoom room, Chest disk) {
        return new Tiers(room.inMemory("recent", MEMORY), new Shelves(disk, wrapping), archive, wrapping, 5, System::currentTimeMillis);
    }

    private void fill(Tiers tiers) {
        long start = System.nanoTime();
        Deque<CompletableFuture<?>> open = new ArrayDeque<>();
        long half = 0;
        for (int i = 0; i < conversations; i++) {
            open.add(tiers.create(Head.fresh(TENANT, "c" + i, System.currentTimeMillis(), Map.of()), dialogues.get(i)));
            if (open.size() == IN_FLIGHT) {
                open.removeFirst().join();
            }
            half = i == conversations / 2 ? heap() : half;
        }
        open.forEach(CompletableFuture::join);
        row("conversations written, a second", "%.0f", conversations / ((System.nanoTime() - start) / 1e9));
        row("heap in use with half of them and with all, MiB", "%.0f / %.0f", half / 1048576.0, heap() / 1048576.0);
        row("one more turn until it is on disk, ms p50 / p99", "%.2f / %.2f", percentiles(times(500, i -> {
            Tiers.Found found = tiers.find(TENANT, "c" + random.nextInt(conversations));
            long from = System.nanoTime();
            tiers.append(found.head(), found.head().digest(), dialogues.get(i).getFirst()).join();
            return System.nanoTime() - from;
        })));
    }

    private void archiveSome(Tiers tiers) {
        long start = System.nanoTime();
        int some = Math.min(FETCHES, conversations / 10);
        for (int i = 0; i < some; i++) {
            tiers.moveToArchive(TENANT, "c" + i, Long.MAX_VALUE);
        }
        row("moved to the archive, a second", "%.0f", some / ((System.nanoTime() - start) / 1e9));
    }

    private void fetch(Tiers tiers) {
        int archived = Math.min(FETCHES, conversations / 10);
        row("L3 fetch, ms p50 / p99", "%.2f / %.2f", percentiles(times(archived, i -> fetch(tiers, i, Tier.L3))));
        List<Integer> recent = new ArrayList<>();
        row("L2 fetch of a whole conversation, ms p50 / p99", "%.2f / %.2f", percentiles(times(FETCHES, i -> {
            int number = archived + random.nextInt(conversations - archived);
            return fetch(tiers, number, Tier.L2);
        })));
        for (int i = 0; i < 1_000; i++) {
            int number = archived + random.nextInt(conversations - archived);
            Tiers.Found found = tiers.find(TENANT, "c" + number);
            tiers.append(found.head(), found.head().digest(), dialogues.get(i).getFirst()).join();
            recent.add(number);
        }
        row("L1 fetch of the last turns, ms p50 / p99", "%.3f / %.3f", percentiles(times(FETCHES, i -> fetch(tiers, recent.get(i % recent.size()), Tier.L1))));
    }

    /** Nanoseconds; -1 where it was found in another tier. */
    private static long fetch(Tiers tiers, int number, Tier tier) {
        long from = System.nanoTime();
        Tiers.Found found = tiers.find(TENANT, "c" + number);
        List<Turn> turns = tiers.turns(found.head(), tier == Tier.L1 ? found.head().openFrom() : 0);
        long nanos = System.nanoTime() - from;
        if (turns.isEmpty()) {
            throw new IllegalStateException("nothing was found");
        }
        return found.tier() == tier ? nanos : -1;
    }

    private interface Timed {
        long nanos(int number);
    }

    private static double[] times(int count, Timed timed) {
        double[] times = new double[count];
        int taken = 0;
        for (int i = 0; i < count; i++) {
            long nanos = timed.nanos(i);
            if (nanos >= 0) {
                times[taken++] = nanos / 1e6;
            }
        }
        return Arrays.copyOf(times, taken);
    }

    private static Object[] percentiles(double[] times) {
        Arrays.sort(times);
        return new Object[] {times[times.length / 2], times[Math.min(times.length - 1, times.length * 99 / 100)]};
    }

    private static double millis(Runnable work) {
        long from = System.nanoTime();
        work.run();
        return (System.nanoTime() - from) / 1e6;
    }

    private static long heap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static void row(String what, String format, Object... values) {
        System.out.println("| fetch | " + what + " | " + format.formatted(values) + " |");
    }
}
