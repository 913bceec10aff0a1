package io.millrace.ejb.context;

import io.millrace.connector.engine.Tokenizer;
import io.millrace.ejb.flow.Refusal.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What can be done with conversations, whoever asks for it, each by one caller at a time. Thread-safe; blocks on the tiers,
 * and on whoever has the conversation.
 */
final class Keeper {

    private static final int RETRY_SECONDS = 1;

    private final Tiers tiers;
    private final Templates templates;
    private final Duration patience;
    private final LongSupplier clock;
    private final Leases leases;
    private final Consumer<String> forget;

    /**
     * @param patience how long to wait for a conversation that somebody else has
     * @param forget   lets go what was computed of a conversation of this name
     */
    Keeper(Tiers tiers, Leases leases, Templates templates, Duration patience, LongSupplier clock, Consumer<String> forget) {
        this.forget = forget;
        this.leases = leases;
        this.tiers = tiers;
        this.templates = templates;
        this.patience = patience;
        this.clock = clock;
    }

    /**
     * A call takes its conversation.
     *
     * @param sent the messages of its body
     */
    Session begin(String tenant, ConversationAsk ask, List<Tokenizer.Turn> sent) throws ContextException, InterruptedException {
        String id = ask.id() == null ? ConversationAsk.MADE_HERE + newId() : ask.id();
        Runnable lease = take(tenant, id, ask.refuse() ? Duration.ZERO : patience);
        try {
            Tiers.Found found = ask.id() == null ? null : tiers.find(tenant, id);
            if (found == null && ask.id() != null && (id.startsWith(ConversationAsk.MADE_HERE) || ask.after() != null)) {
                throw unknown(id);
            }
            Tiers.Found its = found == null ? new Tiers.Found(Head.fresh(tenant, id, clock.getAsLong(), Map.of()), Tier.NEW) : found;
            boolean branches = ask.after() != null && !its.head().endsWith(ask.after());
            if (branches) {
                its = new Tiers.Found(branch(its.head(), ask.after()), its.tier());
            }
            boolean more = sent.stream().filter(turn -> !turn.role().equals("system")).limit(2).count() > 1;
            List<Turn> all = more && its.head().turns() > 0 ? tiers.turns(its.head(), 0) : null;
            History history = History.of(sent, all == null ? List.of() : History.items(all));
            if (branches) {
                // nobody else knows the new one
                lease.run();
            }
            return new Session(tiers, its, branches, all, history, templates, clock.getAsLong(), ask, branches ? () -> { } : lease);
        } catch (ContextException | RuntimeException | Error e) {
            lease.run();
            throw e;
        }
    }

    /** A new conversation that begins as another one and ends with this item's turn; it isn't kept yet. */
    private Head branch(Head head, String itemId) throws ContextException {
        List<Turn> all = tiers.turns(head, 0);
        int end = turnOf(itemId, all, head.id()) + 1;
        long nowMillis = clock.getAsLong();
        return new Head(head.tenant(), ConversationAsk.MADE_HERE + newId(), nowMillis, nowMillis, Map.of(), head.systems(), 0, 0, 0,
                all.subList(0, end), head.digest().cut() <= end ? head.digest() : Digest.NONE);
    }

    private static int turnOf(String itemId, List<Turn> all, String id) throws ContextException {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).has(itemId)) {
                return i;
            }
        }
        throw noItem(id, itemId);
    }

    private static ContextException noItem(String id, String itemId) {
        return new ContextException(Reason.UNKNOWN_ITEM, "The conversation '" + id + "' has no item '" + itemId + "'.", "item_id", 0);
    }

    private Runnable take(String tenant, String id, Duration wait) throws ContextException, InterruptedException {
        Runnable lease = leases.take(Shelves.name(tenant, id), wait);
        if (lease == null) {
            throw new ContextException(Reason.CONVERSATION_BUSY, "Another request has the conversation '" + id + "'; try again when it is answered.",
                    "conversation", RETRY_SECONDS);
        }
        return lease;
    }

    private static ContextException unknown(String id) {
        return new ContextException(Reason.UNKNOWN_CONVERSATION, "There is no conversation '" + id + "'.", "conversation", 0);
    }

    /** One more way to use a conversation that this caller alone has meanwhile. */
    private interface Use<T> {
        T of(Head head) throws ContextException;
    }

    private <T> T with(String tenant, String id, Use<T> use) throws ContextException, InterruptedException {
        Runnable lease = take(tenant, id, patience);
        try {
            return use.of(tiers.whole(tenant, id).orElseThrow(() -> unknown(id)));
        } finally {
            lease.run();
        }
    }

    Conversation create(String tenant, Map<String, String> metadata, List<Item> items) {
        Head fresh = Head.fresh(tenant, ConversationAsk.MADE_HERE + newId(), clock.getAsLong(), metadata);
        List<Item> systems = items.stream().takeWhile(Item::isSystem).toList();
        return Conversation.of(tiers.create(fresh.withSystems(systems), Turn.of(items.subList(systems.size(), items.size()))).join());
    }

    /** Waits for nobody, unless it is in the archive: what is brought back from there must not meet its deletion. */
    Optional<Conversation> get(String tenant, String id) throws ContextException, InterruptedException {
        Tiers.Found near = tiers.near(tenant, id);
        if (near != null) {
            return Optional.of(Conversation.of(near.head()));
        }
        Runnable lease = take(tenant, id, patience);
        try {
            return Optional.ofNullable(tiers.find(tenant, id)).map(found -> Conversation.of(found.head()));
        } finally {
            lease.run();
        }
    }

    /** All messages, the oldest first. */
    List<Item> items(String tenant, String id) throws ContextException, InterruptedException {
        return with(tenant, id, head -> {
            List<Item> all = new ArrayList<>(head.systems());
            tiers.turns(head, 0).forEach(turn -> all.addAll(turn.items()));
            return all;
        });
    }

    /** What came with an answer: the messages of its turn before it; of the first turn, the conversation's systems too. */
    List<Item> before(String tenant, String id, String itemId) throws ContextException, InterruptedException {
        return with(tenant, id, head -> {
            List<Turn> all = tiers.turns(head, 0);
            int turn = turnOf(itemId, all, id);
            List<Item> before = new ArrayList<>(turn == 0 ? head.systems() : List.of());
            all.get(turn).items().stream().takeWhile(item -> !item.id().equals(itemId)).forEach(before::add);
            return before;
        });
    }

    Conversation describe(String tenant, String id, Map<String, String> metadata) throws ContextException, InterruptedException {
        return with(tenant, id, head -> Conversation.of(tiers.change(head, full -> full.with(metadata)).join()));
    }

    /** Adds messages at the end. */
    void add(String tenant, String id, List<Item> items) throws ContextException, InterruptedException {
        with(tenant, id, head -> {
            Head at = head;
            for (Turn turn : Turn.of(items)) {
                at = tiers.append(at, at.digest(), turn).join();
            }
            return null;
        });
    }

    /** Takes one message out; what is left of a digest of it is made anew. */
    Conversation remove(String tenant, String id, String itemId) throws ContextException, InterruptedException {
        return with(tenant, id, head -> {
            List<Turn> all = tiers.turns(head, 0);
            List<Turn> left = all.stream().map(turn -> turn.without(itemId)).filter(turn -> !turn.items().isEmpty()).toList();
            List<Item> systems = head.systems().stream().filter(item -> !item.id().equals(itemId)).toList();
            boolean found = systems.size() < head.systems().size() || History.count(left) < History.count(all);
            if (!found) {
                throw noItem(id, itemId);
            }
            Head without = tiers.rewrite(head.withSystems(systems).with(Digest.NONE), left).join();
            forget.accept(Shelves.name(tenant, id));
            return Conversation.of(without);
        });
    }

    /** Whether there was one. When this returns, nothing of it is in any tier. */
    boolean delete(String tenant, String id) throws ContextException, InterruptedException {
        Runnable lease = take(tenant, id, patience);
        try {
            boolean there = tiers.delete(tenant, id);
            forget.accept(Shelves.name(tenant, id));
            return there;
        } finally {
            lease.run();
        }
    }

    /** What a summary has to tell that tells of none yet; empty where there is nothing, or where somebody has the conversation. */
    Optional<Unsummarised> unsummarised(String tenant, String id) throws InterruptedException {
        return near(tenant, id, head -> head.digest().unsummarised() == 0 ? null : new Unsummarised(tenant, id, head.edition(), head.digest().summary(),
                tiers.turns(head, head.digest().summary().turns()).subList(0, head.digest().unsummarised())));
    }

    /**
     * Keeps a summary, unless the conversation was changed since.
     *
     * @param turns how many of its turns it tells of beside those that the summary before it did
     */
    boolean summarise(Unsummarised told, int turns, String text) throws InterruptedException {
        return near(told.tenant(), told.id(), head -> {
            if (head.edition() != told.edition() || !head.digest().summary().equals(told.before())) {
                return null;
            }
            Digest.Summary summary = new Digest.Summary(told.before().turns() + turns, text);
            return tiers.change(head, full -> full.with(full.digest().with(summary))).join();
        }).isPresent();
    }

    /** Empty where somebody else has it now, or where it isn't near. */
    private <T> Optional<T> near(String tenant, String id, Function<Head, T> use) throws InterruptedException {
        return ifFree(tenant, id, () -> Optional.ofNullable(tiers.near(tenant, id)).map(found -> use.apply(found.head()))).flatMap(used -> used);
    }

    /** Moves one to the archive unless somebody has it or used it since. */
    boolean archive(String tenant, String id, long unusedSinceMillis) throws InterruptedException {
        return ifFree(tenant, id, () -> tiers.moveToArchive(tenant, id, unusedSinceMillis)).orElse(false);
    }

    /** Empty where somebody has it now: that is waited for by nobody. */
    private <T> Optional<T> ifFree(String tenant, String id, Supplier<T> use) throws InterruptedException {
        Runnable lease = leases.take(Shelves.name(tenant, id), Duration.ZERO);
        if (lease == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(use.get());
        } finally {
            lease.run();
        }
    }

    static String newId() {
        return UUID.randomUUID().toString().replace("-", "");
    }
}
