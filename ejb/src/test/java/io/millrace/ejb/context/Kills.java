package io.millrace.ejb.context;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Kills a {@link StoreProcess} with -9 again and again at random moments, and holds what it finds against what it was told. */
final class Kills {

    static final int CONVERSATIONS = 32;
    static final int THREADS = 4;

    /** What was seen: processes killed, turns told as kept, and of these lost, there twice or unreadable. */
    record Seen(int kills, long kept, long lost, long doubled, long damaged) {}

    private final Path folder;
    private final Random random;
    /** Turns that each conversation surely has; it may have one more, which was kept and not told any more. */
    private final int[] sure = new int[CONVERSATIONS];
    private final boolean[] deleting = new boolean[CONVERSATIONS];
    private long kept;
    private long lost;
    private long doubled;
    private long damaged;

    Kills(Path folder, long seed) {
        this.folder = folder;
        this.random = new Random(seed);
    }

    /** @param mostMillis that a process lives after it was ready */
    Seen run(int kills, int mostMillis) throws Exception {
        for (int i = 0; i < kills; i++) {
            live(i, mostMillis);
        }
        live(kills, 0);
        return new Seen(kills, kept, lost, doubled, damaged);
    }

    private void live(int number, int mostMillis) throws Exception {
        List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx192m", "-Xshare:auto",
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), StoreProcess.class.getName(), folder.toString(),
                Integer.toString(CONVERSATIONS), Integer.toString(THREADS), Integer.toString(number));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            String line = lines.readLine();
            while (line != null && !line.equals("ready")) {
                found(line);
                line = lines.readLine();
            }
            if (line == null) {
                throw new IOException("process " + number + " ended with " + process.waitFor() + " before it was ready");
            }
            Thread killer = killer(process, random.nextInt(mostMillis + 1));
            while ((line = lines.readLine()) != null) {
                told(line);
            }
            killer.join();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static Thread killer(Process process, int millis) {
        return Thread.ofPlatform().start(() -> {
            try {
                Thread.sleep(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            // of the handle, since that of the process closes its output, in which lines are left
            process.toHandle().destroyForcibly();
        });
    }

    private void found(String line) {
        String[] words = line.split(" ");
        if (words[0].equals("damaged")) {
            System.err.println(line);
            damaged++;
            return;
        }
        int conversation = Integer.parseInt(words[1]);
        int turns = Integer.parseInt(words[2]);
        boolean deleted = deleting[conversation] && turns == 0;
        if (turns != sure[conversation] && turns != sure[conversation] + 1 && !deleted) {
            System.err.println("of conversation " + conversation + " are " + turns + ", surely kept were " + sure[conversation]);
        }
        if (turns < 0) {
            damaged++;
        } else if (turns < sure[conversation] && !deleted) {
            lost += sure[conversation] - turns;
        } else if (turns > sure[conversation] + 1) {
            doubled += turns - sure[conversation] - 1;
        }
        sure[conversation] = Math.max(turns, 0);
        deleting[conversation] = false;
    }

    private void told(String line) {
        String[] words = line.split(" ");
        int conversation = Integer.parseInt(words[1]);
        switch (words[0]) {
            case "kept" -> {
                sure[conversation] = Integer.parseInt(words[2]);
                kept++;
            }
            case "deleting" -> deleting[conversation] = true;
            case "deleted" -> {
                sure[conversation] = 0;
                deleting[conversation] = false;
            }
            default -> throw new IllegalStateException("the process says " + line);
        }
    }

    /** {@code FOLDER KILLS SEED} */
    public static void main(String[] arguments) throws Exception {
        System.out.println(new Kills(Path.of(arguments[0]), Long.parseLong(arguments[2])).run(Integer.parseInt(arguments[1]), 300));
    }
}
