package io.millrace.ejb.context;

import io.millrace.connector.engine.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToIntFunction;

/**
 * One call's hold on its conversation: from its prompt to the moment when its turn is kept. Nobody else's call has the
 * conversation meanwhile. Used by one thread at a time; {@link #close} by any.
 */
public final class Session {

    private final Tiers tiers;
    private final Tiers.Found found;
    private final List<Turn> all;
    private final History history;
    private final Templates templates;
    private final long nowMillis;
    private final AtomicReference<Runnable> lease;
    private Assembly.Made made;

    /**
     * @param found as it is kept; {@code all} its turns, where the client sent more than new messages; else null
     * @param lease gives the conversation back
     */
    Session(Tiers tiers, Tiers.Found found, List<Turn> all, History history, Templates templates, long nowMillis, Runnable lease) {
        this.tiers = tiers;
        this.found = found;
        this.all = all;
        this.history = history;
        this.templates = templates;
        this.nowMillis = nowMillis;
        this.lease = new AtomicReference<>(lease);
    }

    /** The conversation's id. */
    public String id() {
        return found.head().id();
    }

    /**
     * The prompt: what was said before, as far as it has room, and what is new. May look on a disk.
     *
     * @param budget tokens that it may have
     * @param count  tokens of a text
     */
    public List<Tokenizer.Turn> prompt(int budget, ToIntFunction<String> count) {
        Head head = found.head();
        boolean restored = found.tier() == Tier.L2 || found.tier() == Tier.L3;
        boolean anew = rewinds();
        List<Turn> kept = anew ? rewound() : null;
        Assembly assembly = new Assembly(count, templates);
        Digest digest = anew && head.digest().cut() > kept.size() ? Digest.NONE : head.digest();
        made = assembly.make(systems(), digest, anew ? kept.size() : head.turns(),
                from -> anew ? kept.subList(from, kept.size()) : tiers.turns(head, from), history.fresh(),
                head.turns() > 0 && (restored || history.differs()), budget);
        return made.messages();
    }

    /** What the prompt got. After {@link #prompt}. */
    public Told told() {
        return new Told(id(), found.tier(), made.turns(), made.tokens(), !made.digest().isEmpty(), made.recovery());
    }

    private List<Tokenizer.Turn> systems() {
        if (!history.systems().isEmpty()) {
            return history.systems();
        }
        return found.head().systems().stream().map(item -> new Tokenizer.Turn("system", item.text())).toList();
    }

    /** Whether the client took back some of what was kept. */
    private boolean rewinds() {
        return all != null && history.keep() < History.items(all).size();
    }

    /** The turns without what was taken back. */
    private List<Turn> rewound() {
        List<Turn> kept = new ArrayList<>();
        int left = history.keep();
        for (Turn turn : all) {
            List<Item> items = new ArrayList<>();
            for (Item item : turn.items()) {
                if (left > 0) {
                    items.add(item);
                    left -= item.isSystem() ? 0 : 1;
                }
            }
            if (!items.isEmpty()) {
                kept.add(new Turn(items));
            }
        }
        return kept;
    }

    /** Keeps the turn; done when it is safe. After {@link #prompt}. May look on a disk. */
    public CompletableFuture<?> keep(String answer) {
        Turn turn = turn(answer);
        Head head = found.head().turns() > 0 ? found.head()
                : found.head().withSystems(history.systems().stream().map(message -> item(message.role(), message.content())).toList());
        if (rewinds()) {
            List<Turn> turns = new ArrayList<>(rewound());
            turns.add(turn);
            return tiers.rewrite(head, turns);
        }
        return tiers.append(head, made.digest(), turn);
    }

    private Turn turn(String answer) {
        List<Item> items = new ArrayList<>();
        history.fresh().forEach(message -> items.add(item(message.role(), message.content())));
        items.add(item("assistant", answer));
        return new Turn(items);
    }

    private Item item(String role, String text) {
        return new Item("msg_" + UUID.randomUUID().toString().replace("-", ""), role, text, nowMillis);
    }

    /** Gives the conversation back; more than once does nothing more. */
    public void close() {
        Runnable held = lease.getAndSet(null);
        if (held != null) {
            held.run();
        }
    }
}
