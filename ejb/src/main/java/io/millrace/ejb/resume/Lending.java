package io.millrace.ejb.resume;

import io.millrace.ejb.cluster.Shelf;
import io.millrace.ejb.flow.Reader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Who reads answers to their clients on other nodes than those that make them: a node asks for one on a shelf that all share, its
 * owner grants it there and takes its client for present until the loan has ended. Each loan has an entry of its own, since writes of
 * one entry that don't wait for each other may come in another order. Thread-safe; has no clock of its own.
 */
final class Lending {

    private static final String GRANTED = "!";
    private static final String OF = "#";

    /**
     * What a node asked for.
     *
     * @param owner  the node that makes the answer
     * @param mark   who asked, unlike any other; its node comes first
     */
    record Loan(String callId, String owner, String mark) {}

    private record Lent(String mark, Reader reader) {}

    /** By their marks the calls that are asked for, and whether they are granted. */
    private final Shelf loans;
    private final String self;
    private final Supplier<Set<String>> nodes;
    /** Marks of loans that this node has asked for and not ended. */
    private final Set<String> asked = ConcurrentHashMap.newKeySet();
    /** By call. Owned by whoever calls {@link #look}. */
    private final Map<String, Lent> lent = new HashMap<>();

    /** @param nodes names of those that are there */
    Lending(Shelf loans, String self, Supplier<Set<String>> nodes) {
        this.loans = loans;
        this.self = self;
        this.nodes = nodes;
    }

    /** Asks an answer's owner for it; whoever had it before gets nothing any more. */
    Loan ask(String callId, String owner) {
        Loan loan = new Loan(callId, owner, self + OF + UUID.randomUUID());
        asked.add(loan.mark);
        put(loan.mark, callId);
        return loan;
    }

    /** Whether its owner lives and knows. */
    boolean isGranted(Loan loan) {
        return (loan.callId + GRANTED).equals(entry(loan.mark));
    }

    /** Of one that was granted; false once another one reads it. */
    boolean holds(Loan loan) {
        return entry(loan.mark) != null;
    }

    /** The client has it all, or is gone. */
    void end(Loan loan) {
        asked.remove(loan.mark);
        loans.remove(loan.mark);
    }

    /**
     * Grants what was asked of this node, and ends what is over. To be called again and again, by one thread at a time.
     *
     * @param giving a reader of this node's answer of that call id; null: it has none to give
     */
    void look(Function<String, Reader> giving) {
        for (String mark : loans.keys()) {
            String entry = entry(mark);
            if (entry != null && !entry.endsWith(GRANTED)) {
                grant(entry, mark, giving);
            } else if (entry != null && mark.startsWith(self + OF) && !asked.contains(mark)) {
                // granted when this node had given up waiting for it
                loans.remove(mark);
            }
        }
        lent.values().removeIf(this::isOver);
    }

    private void grant(String callId, String mark, Function<String, Reader> giving) {
        Lent before = lent.get(callId);
        Reader reader = before == null || !before.mark.equals(mark) ? giving.apply(callId) : null;
        if (reader != null) {
            if (before != null) {
                loans.remove(before.mark);
            }
            lent.put(callId, new Lent(mark, reader));
            put(mark, callId + GRANTED);
        }
    }

    private boolean isOver(Lent one) {
        boolean wanted = entry(one.mark) != null;
        if (wanted && !one.reader.hasLeft() && nodes.get().contains(one.mark.substring(0, one.mark.indexOf(OF)))) {
            return false;
        }
        if (wanted) {
            // its client has come back to this node, or its node is gone
            loans.remove(one.mark);
        }
        one.reader.leave();
        return true;
    }

    private String entry(String mark) {
        byte[] bytes = loans.get(mark);
        return bytes == null ? null : new String(bytes, StandardCharsets.US_ASCII);
    }

    private void put(String mark, String entry) {
        loans.put(mark, entry.getBytes(StandardCharsets.US_ASCII));
    }
}
