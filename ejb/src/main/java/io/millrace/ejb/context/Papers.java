package io.millrace.ejb.context;

import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.tier.Chest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Stored responses, each with its conversation: whoever deletes a conversation deletes its responses, and a conversation that
 * is there for responses alone goes with the last of them. Thread-safe; blocks on the disk and on whoever has the conversation.
 */
final class Papers {

    private static final Logger LOG = System.getLogger(Papers.class.getName());
    /** Neither responses' ids nor conversations' have a space. */
    private static final String OF_DRAWER = "/ ";
    private static final int RETRY_SECONDS = 1;

    private final Chest chest;
    private final Wrapping wrapping;
    private final Keeper keeper;
    private final Leases leases;
    private final Duration keep;
    private final Duration patience;
    private final LongSupplier clock;

    /**
     * @param keep  how long a response is kept; zero: until it is deleted
     * @param clock milliseconds since 1970
     */
    Papers(Chest chest, Wrapping wrapping, Keeper keeper, Leases leases, Duration keep, Duration patience, LongSupplier clock) {
        this.chest = chest;
        this.wrapping = wrapping;
        this.keeper = keeper;
        this.leases = leases;
        this.keep = keep;
        this.patience = patience;
        this.clock = clock;
    }

    /** Notes a response that is still to come, so that its hidden conversation is found even if it never does. */
    void announce(String tenant, String conversation, String response) throws ContextException, InterruptedException {
        alone(tenant, conversation, () -> note(tenant, conversation, true, new Drawer.Entry(response, clock.getAsLong())));
    }

    /** Keeps it, unless its conversation has been deleted; it is on disk when this returns. */
    void keep(String tenant, Paper paper) throws ContextException, InterruptedException {
        alone(tenant, paper.conversation(), () -> {
            if (keeper.get(tenant, paper.conversation()).isPresent()) {
                note(tenant, paper.conversation(), paper.hidden(), new Drawer.Entry(paper.id(), paper.createdMillis()));
                put(Shelves.name(tenant, paper.id()), paper.bytes());
            }
        });
    }

    private void note(String tenant, String conversation, boolean hidden, Drawer.Entry entry) {
        Drawer known = drawer(tenant, conversation);
        Drawer drawer = known == null ? new Drawer(tenant, conversation, hidden, List.of()) : known;
        if (drawer.has(entry.response())) {
            return;
        }
        Drawer fuller = drawer.with(entry);
        List<Drawer.Entry> excess = fuller.excess();
        put(name(tenant, conversation), fuller.without(excess).bytes());
        remove(tenant, excess);
    }

    /** Empty where there is none any more. */
    Optional<Paper> get(String tenant, String id) {
        if (!ConversationAsk.isId(id)) {
            return Optional.empty();
        }
        String name = Shelves.name(tenant, id);
        byte[] wrapped = chest.get(name);
        return wrapped == null ? Optional.empty()
                : Optional.of(Paper.of(wrapping.unwrap(wrapped, name))).filter(paper -> paper.createdMillis() >= oldestMillis());
    }

    private long oldestMillis() {
        return keep.isZero() ? Long.MIN_VALUE : clock.getAsLong() - keep.toMillis();
    }

    /** Whether there was one. When this returns it is gone, and with it a hidden conversation that has no other. */
    boolean delete(String tenant, String id) throws ContextException, InterruptedException {
        Optional<Paper> paper = get(tenant, id);
        if (paper.isEmpty()) {
            return false;
        }
        String conversation = paper.get().conversation();
        alone(tenant, conversation, () -> {
            Drawer drawer = drawer(tenant, conversation);
            if (drawer == null) {
                chest.remove(Shelves.name(tenant, id)).join();
            } else {
                takeOut(drawer, drawer.entries().stream().filter(entry -> entry.response().equals(id)).toList());
            }
        });
        return true;
    }

    private void takeOut(Drawer drawer, List<Drawer.Entry> gone) throws ContextException, InterruptedException {
        Drawer left = drawer.without(gone);
        if (!left.entries().isEmpty()) {
            put(name(drawer.tenant(), drawer.conversation()), left.bytes());
        } else {
            if (drawer.hidden()) {
                keeper.delete(drawer.tenant(), drawer.conversation());
            }
            chest.remove(name(drawer.tenant(), drawer.conversation())).join();
        }
        remove(drawer.tenant(), gone);
    }

    /** Deletes all responses of a conversation that is deleted. */
    void deleteOf(String tenant, String conversation) throws ContextException, InterruptedException {
        alone(tenant, conversation, () -> {
            Drawer drawer = drawer(tenant, conversation);
            if (drawer != null) {
                remove(tenant, drawer.entries());
                chest.remove(name(tenant, conversation)).join();
            }
        });
    }

    /** Deletes what was kept long enough. What fails now is tried again at the next sweep. */
    void sweep() {
        if (keep.isZero()) {
            return;
        }
        try {
            List<Drawer> drawers = new ArrayList<>();
            chest.forEach((name, content) -> {
                if (name.contains(OF_DRAWER)) {
                    readable(name, content).ifPresent(drawers::add);
                }
            });
            for (Drawer drawer : drawers) {
                if (!drawer.before(oldestMillis()).isEmpty()) {
                    sweep(drawer.tenant(), drawer.conversation());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ContextException | RuntimeException e) {
            LOG.log(Level.WARNING, "Old responses were not all deleted; the next attempt comes: " + e, e);
        }
    }

    private Optional<Drawer> readable(String name, byte[] content) {
        try {
            return Optional.of(Drawer.of(wrapping.unwrap(content, name)));
        } catch (DamagedException e) {
            LOG.log(Level.WARNING, e.getMessage());
            return Optional.empty();
        }
    }

    private void sweep(String tenant, String conversation) throws ContextException, InterruptedException {
        alone(tenant, conversation, () -> {
            Drawer drawer = drawer(tenant, conversation);
            if (drawer != null) {
                takeOut(drawer, drawer.before(oldestMillis()));
            }
        });
    }

    /** What is done with a conversation's responses that this caller alone has meanwhile. */
    @FunctionalInterface
    private interface Work {
        void run() throws ContextException, InterruptedException;
    }

    private void alone(String tenant, String conversation, Work work) throws ContextException, InterruptedException {
        Runnable lease = take(tenant, conversation);
        try {
            work.run();
        } finally {
            lease.run();
        }
    }

    private Runnable take(String tenant, String conversation) throws ContextException, InterruptedException {
        Runnable lease = leases.take(name(tenant, conversation), patience);
        if (lease == null) {
            throw new ContextException(Reason.CONVERSATION_BUSY, "Another request has the responses of this conversation; try again.", null, RETRY_SECONDS);
        }
        return lease;
    }

    private static String name(String tenant, String conversation) {
        return tenant + OF_DRAWER + conversation;
    }

    /** Null where there is none. */
    private Drawer drawer(String tenant, String conversation) {
        String name = name(tenant, conversation);
        byte[] wrapped = chest.get(name);
        return wrapped == null ? null : Drawer.of(wrapping.unwrap(wrapped, name));
    }

    private void put(String name, byte[] content) {
        chest.put(name, wrapping.wrap(content, name)).join();
    }

    private void remove(String tenant, List<Drawer.Entry> entries) {
        entries.forEach(entry -> chest.remove(Shelves.name(tenant, entry.response())).join());
    }
}
