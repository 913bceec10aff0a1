package io.millrace.ejb.context;

import io.millrace.ejb.tier.ChestRoom;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A process that keeps turns until it is killed: {@code FOLDER CONVERSATIONS THREADS SEED}. Says what it finds at its start,
 * {@code has CONVERSATION TURNS} for each, then {@code ready}; then {@code kept CONVERSATION TURN} after each turn that is
 * safe. Each turn's text follows from its numbers, so it knows when it reads something else, and says {@code damaged}.
 */
final class StoreProcess {

    private static final PrintStream OUT = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.US_ASCII);

    private StoreProcess() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        int conversations = Integer.parseInt(arguments[1]);
        int threads = Integer.parseInt(arguments[2]);
        long seed = Long.parseLong(arguments[3]);
        try (ChestRoom room = ChestRoom.alone(folder)) {
            Shelves shelves = new Shelves(room.onDisk("turns"), Plain.WRAPPING);
            for (int i = 0; i < conversations; i++) {
                say("has " + i + " " + check(shelves, i));
            }
            say("ready");
            List<Thread> writers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int number = i;
                writers.add(Thread.ofPlatform().start(() -> write(shelves, conversations, threads, number, seed)));
            }
            new BufferedReader(new InputStreamReader(System.in)).readLine();
            Runtime.getRuntime().halt(0);
        }
    }

    /** How many turns it has; each must say what it was given. */
    private static int check(Shelves shelves, int conversation) {
        try {
            Head head = shelves.head("t", "c" + conversation);
            if (head == null) {
                return 0;
            }
            List<Turn> turns = shelves.turns(head, 0);
            for (int i = 0; i < turns.size(); i++) {
                if (!turns.get(i).items().equals(turn(conversation, i).items())) {
                    say("damaged " + conversation + " turn " + i);
                }
            }
            return turns.size() == head.turns() ? turns.size() : -1;
        } catch (RuntimeException e) {
            say("damaged " + conversation + " " + trace(e));
            return -1;
        }
    }

    private static String trace(Throwable e) {
        java.io.StringWriter text = new java.io.StringWriter();
        e.printStackTrace(new java.io.PrintWriter(text));
        return text.toString().replace("\n", " | ");
    }

    /** Each writer has conversations of its own; now and then one is written anew as a whole, or deleted. */
    private static void write(Shelves shelves, int conversations, int threads, int number, long seed) {
        Random random = new Random(seed * 31 + number);
        while (true) {
            int conversation = random.nextInt(conversations / threads) * threads + number;
            Head head = shelves.head("t", "c" + conversation);
            Head at = head == null ? Head.fresh("t", "c" + conversation, 0, java.util.Map.of()) : head;
            if (at.turns() > 40 && random.nextInt(4) == 0) {
                say("deleting " + conversation);
                shelves.remove(at).join();
                say("deleted " + conversation);
            } else if (at.turns() > 0 && random.nextInt(16) == 0) {
                shelves.write(at, shelves.turns(at, 0)).join();
            } else {
                shelves.append(at, turn(conversation, at.turns()), at.turns()).join();
                say("kept " + conversation + " " + (at.turns() + 1));
            }
        }
    }

    static Turn turn(int conversation, int number) {
        Random random = new Random(conversation * 1_000_003L + number);
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(60); i >= 0; i--) {
            text.append("词").append(random.nextInt(10_000)).append(' ');
        }
        return new Turn(List.of(new Item("u" + number, "user", text.toString(), number), new Item("a" + number, "assistant", "" + random.nextLong(), number)));
    }

    private static synchronized void say(String line) {
        OUT.println(line);
    }
}
