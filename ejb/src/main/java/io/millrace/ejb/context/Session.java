package io.millrace.ejb.context;

import io.millrace.connector.engine.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One call's hold on its conversation: from its prompt to the moment when its turn is kept. Nobody else's call has the
 * conversation meanwhile. Used by one thread at a time; {@link #close} by any.
 */
public final class Session {

    private final Tiers tiers;
    private final Tiers.Found found;
    private final boolean branches;
    private final List<Turn> all;
    private final History history;
    private final Templates templates;
    private final long nowMillis;
    private final ConversationAsk ask;
    private final AtomicReference<Runnable> lease;
    private final String answerId = Item.newId();
    private Assembly.Made made;

    /**
     * @param found    as it is kept; {@code all} its turns, where the client sent more than new messages; else null
     * @param branches whether it is a new one that already has turns, all of them open; it isn't kept yet
     * @param lease    gives the conversation back
     */
    Session(Tiers tiers, Tiers.Found found, boolean branches, List<Turn> all, History history, Templates templates, long nowMillis,
            ConversationAsk ask, Runnable lease) {
        this.branches = branches;
        this.ask = ask;
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

    /** What the prompt got; null before {@link #prompt}. */
    public Told told() {
        return made == null ? null : new Told(id(), answerId, found.tier(), made.turns(), made.tokens(), !made.digest().isEmpty(), made.recovery());
    }

    /** Whether, once this turn is kept, there are turns that prompts have no room for and that no summary tells of. */
    public boolean unsummarised() {
        return made != null && ask.keeps() && made.digest().unsummarised() > 0;
    }

    private List<Tokenizer.Turn> systems() {
        List<Tokenizer.Turn> lasting = lasting();
        if (lasting.isEmpty()) {
            lasting = found.head().systems().stream().map(item -> new Tokenizer.Turn("system", item.text())).toList();
        }
        if (!ask.instructed()) {
            return lasting;
        }
        // one message, since that is all that some templates take
        return List.of(new Tokenizer.Turn("system", Stream.concat(Stream.of(history.systems().getFirst()), lasting.stream())
                .map(Tokenizer.Turn::content).collect(Collectors.joining("\n\n"))));
    }

    /** The client's systems that hold for more than this call. */
    private List<Tokenizer.Turn> lasting() {
        return history.systems().subList(ask.instructed() ? 1 : 0, history.systems().size());
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

    /** Keeps the turn, unless it isn't to be kept; done when it is safe. After {@link #prompt}. May look on a disk. */
    public CompletableFuture<?> keep(String answer) {
        if (!ask.keeps()) {
            return CompletableFuture.completedFuture(null);
        }
        Turn turn = turn(answer);
        Head head = found.head().turns() > 0 ? found.head()
                : found.head().withSystems(lasting().stream().map(message -> Item.of(message.role(), message.content(), nowMillis)).toList());
        if (branches) {
            List<Turn> turns = new ArrayList<>(rewinds() ? rewound() : head.open());
            turns.add(turn);
            return tiers.create(head.with(made.digest()), turns);
        }
        if (rewinds()) {
            List<Turn> turns = new ArrayList<>(rewound());
            turns.add(turn);
            return tiers.rewrite(head, turns);
        }
        return tiers.append(head, made.digest(), turn);
    }

    private Turn turn(String answer) {
        List<Item> items = new ArrayList<>();
        history.fresh().forEach(message -> items.add(Item.of(message.role(), message.content(), nowMillis)));
        items.add(new Item(answerId, "assistant", answer, nowMillis));
        return new Turn(items);
    }

    /** Gives the conversation back; more than once does nothing more. */
    public void close() {
        Runnable held = lease.getAndSet(null);
        if (held != null) {
            held.run();
        }
    }
}
