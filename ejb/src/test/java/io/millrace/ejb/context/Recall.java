package io.millrace.ejb.context;

import io.millrace.connector.engine.Tokenizer;
import io.millrace.ejb.tier.ChestRoom;
import io.millrace.persistence.archive.Archive;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Says a fact in each conversation's first turn and looks whether a prompt still holds it: after some turns, after many, when
 * it went to the archive, when the process came back, and at a node that never had it in memory.
 */
final class Recall {

    private static final Templates TEMPLATES = new Templates("Continuing our earlier discussion. You mentioned: {mentioned}",
            "继续之前的讨论，您提到：{mentioned}", "What was said earlier in this conversation, in excerpts: {mentioned}", "本次对话较早内容的摘录：{mentioned}");
    private static final String TENANT = "key";
    /** Ids of every kind that the API takes go through all tiers. */
    private static final String[] BEGINNINGS = {"c", "a:b", ":", "_", "-", "."};
    private static final int BUDGET = 1200;
    private static final long DAY = Duration.ofDays(1).toMillis();

    private final Path folder;
    private final Wrapping wrapping;
    private final Archive archive;
    private final Dialogues dialogues;
    private final int conversations;
    private final Map<String, Integer> recalled = new LinkedHashMap<>();
    private long now = 1_700_000_000_000L;
    private ChestRoom room;
    private Shelves shelves;
    private Keeper keeper;
    private int starts;

    Recall(Path folder, Wrapping wrapping, Archive archive, Dialogues dialogues, int conversations) {
        this.folder = folder;
        this.wrapping = wrapping;
        this.archive = archive;
        this.dialogues = dialogues;
        this.conversations = conversations;
    }

    /** How many of the conversations recalled their fact, by what happened before. */
    Map<String, Integer> run() throws Exception {
        open();
        talk(0, 5);
        ask("after 5 turns, in memory", Tier.L1);
        talk(5, 50);
        ask("after 50 turns, in memory", Tier.L1);
        room.close();
        open();
        ask("after a restart, from disk", Tier.L2);
        now += DAY + 1;
        Mover mover = new Mover(keeper, shelves, archive, io.millrace.config.Configuration.load(java.util.Optional.empty(), Map.of(), new java.util.Properties())
                .conversations(), () -> now);
        mover.sweep();
        ask("after a day, from the archive", Tier.L3);
        forgetMemory();
        ask("at a node that never had it in memory, from disk", Tier.L2);
        room.close();
        return recalled;
    }

    private void open() {
        room = ChestRoom.alone(folder);
        shelves = new Shelves(room.onDisk("turns"), wrapping);
        forgetMemory();
    }

    private void forgetMemory() {
        Tiers tiers = new Tiers(room.inMemory("recent" + starts++, 64 << 20), shelves, archive, wrapping, 5, () -> now);
        keeper = new Keeper(tiers, new Leases(null), TEMPLATES, Duration.ofSeconds(1), () -> now, _ -> { });
    }

    private void talk(int from, int to) throws Exception {
        for (int i = 0; i < conversations; i++) {
            for (int turn = from; turn < to; turn++) {
                List<Turn> said = dialogues.get(i + turn);
                String filler = said.get(turn % said.size()).items().getFirst().text();
                say(i, turn == 0 ? fact(i) : filler, said.get(turn % said.size()).items().getLast().text());
            }
        }
    }

    private String say(int conversation, String text, String answer) throws Exception {
        Session session = keeper.begin(TENANT, new ConversationAsk(BEGINNINGS[conversation % BEGINNINGS.length] + conversation, false), List.of(new Tokenizer.Turn("user", text)));
        try {
            StringBuilder prompt = new StringBuilder();
            session.prompt(BUDGET, Recall::tokens).forEach(message -> prompt.append(message.content()).append('\n'));
            if (answer != null) {
                session.keep(answer).join();
            }
            return prompt + "\n" + session.told().tier();
        } finally {
            session.close();
        }
    }

    private void ask(String when, Tier tier) throws Exception {
        int found = 0;
        for (int i = 0; i < conversations; i++) {
            String prompt = say(i, i % 2 == 0 ? "我的会员代号是什么？" : "What is my member code?", null);
            found += prompt.contains(code(i)) && prompt.endsWith(tier.name()) ? 1 : 0;
        }
        recalled.put(when, found);
    }

    private static String fact(int conversation) {
        return conversation % 2 == 0 ? "你好，我的会员代号是" + code(conversation) + "，请记住。" : "Hello, my member code is " + code(conversation) + ". Keep it in mind.";
    }

    private static String code(int conversation) {
        return "KM" + (10_000 + new Random(conversation).nextInt(90_000));
    }

    /** More than most vocabularies would count. */
    static int tokens(String text) {
        return (int) text.codePoints().filter(each -> each > 0x2E80).count() + text.length() / 3 + 1;
    }
}
