package io.millrace.ejb.context;

import io.millrace.connector.engine.Tokenizer;
import io.millrace.ejb.tier.Chest;
import io.millrace.ejb.tier.ChestRoom;
import io.millrace.persistence.archive.Archive;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** Conversations and responses on the real stores, with a clock that tests set; calls in them, for tests. */
final class Talk implements AutoCloseable {

    static final String TENANT = "key";
    static final Duration KEEP = Duration.ofDays(30);

    final Keeper keeper;
    final Papers papers;
    long now = 1_700_000_000_000L;
    /** Characters that a prompt may have, each counted as a token. */
    int budget = 10_000;
    private final ChestRoom room;

    Talk(Path folder, Archive archive) {
        room = ChestRoom.alone(folder);
        Shelves shelves = new Shelves(room.onDisk("turns"), Plain.WRAPPING);
        Chest recent = room.inMemory("recent", 64 << 20);
        Tiers tiers = new Tiers(recent, shelves, archive, Plain.WRAPPING, 2, () -> now);
        Leases leases = new Leases(null);
        keeper = new Keeper(tiers, leases, new Templates("{mentioned}", "{mentioned}", "{mentioned}", "{mentioned}"), Duration.ofSeconds(5), () -> now, _ -> { });
        papers = new Papers(room.onDisk("responses"), Plain.WRAPPING, keeper, leases, KEEP, Duration.ofSeconds(5), () -> now);
    }

    /** What came of a call: the prompt's texts, and what it was told. */
    record Said(List<String> prompt, Told told) {}

    static ConversationAsk anew() {
        return new ConversationAsk(null, false, null, false, true);
    }

    static ConversationAsk after(Said said) {
        return new ConversationAsk(said.told().conversation(), false, said.told().item(), false, true);
    }

    /** One call: each message of a user's, or of the system's where it begins with {@code !}. */
    Said say(ConversationAsk ask, String answer, String... messages) throws Exception {
        Session session = keeper.begin(TENANT, ask, Arrays.stream(messages).map(text -> text.startsWith("!")
                ? new Tokenizer.Turn("system", text) : new Tokenizer.Turn("user", text)).toList());
        try {
            List<String> prompt = session.prompt(budget, String::length).stream().map(Tokenizer.Turn::content).toList();
            if (answer != null) {
                session.keep(answer).join();
            }
            return new Said(prompt, session.told());
        } finally {
            session.close();
        }
    }

    List<String> texts(String conversation) throws Exception {
        return keeper.items(TENANT, conversation).stream().map(Item::text).toList();
    }

    @Override
    public void close() {
        room.close();
    }
}
