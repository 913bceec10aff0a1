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
 * owner grants it there and takes its client for present until the loan has ended. Thread-safe; has no clock of its own.
 */
final class Lending {

    private static final char GRANTED = '!';
    private static final String OF = "#";

    /**
     * What a node asked for.
     *
     * @param owner  the node that makes the answer
     * @param mark   who asked, unlike any other; its node comes first
     */
    record Loan(String callId, String owner, String mark) {}

    private record Lent(String mark, Reader reader) {}

    private final Shelf loans;
    private final String self;
    private final Supplier<Set<String>> nodes;
    /** Marks of loans that this node has asked for and not ended. */
    private final Set<String> asked = ConcurrentHashMap.newKeySet();
    /** Owned by whoever calls {@link #look}. */
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
        put(callId, loan.mark);
        return loan;
    }

    /** Whether its owner lives and knows. */
    boolean isGranted(Loan loan) {
        return (loan.mark + GRANTED).equals(mark(loan.callId));
    }

    /** False once another one reads it. */
    boolean holds(Loan loan) {
        String mark = mark(loan.callId);
        return mark != null && isSame(mark, loan.mark);
    }

    /** The client has it all, or is gone. */
    void end(Loan loan) {
        asked.remove(loan.mark);
        if (holds(loan)) {
            loans.remove(loan.callId);
        }
    }

    /**
     * Grants what was asked of this node, and ends what is over. To be called again and again, by one thread at a time.
     *
     * @param giving a reader of this node's answer of that call id; null: it has none to give
     */
    void look(Function<String, Reader> giving) {
        for (String callId : loans.keys()) {
            String mark = mark(callId);
            if (mark != null && mark.charAt(mark.length() - 1) != GRANTED) {
                grant(callId, mark, giving);
            } else if (mark != null && mark.startsWith(self + OF) && !asked.contains(mark.substring(0, mark.length() - 1))) {
                // granted when this node had given up waiting for it
                loans.remove(callId);
            }
        }
        lent.entrySet().removeIf(each -> isOver(each.getKey(), each.getValue()));
    }

    private void grant(String callId, String mark, Function<String, Reader> giving) {
        Lent known = lent.get(callId);
        Reader reader = known == null || !known.mark.equals(mark) ? giving.apply(callId) : null;
        if (reader != null) {
            lent.put(callId, new Lent(mark, reader));
            put(callId, mark + GRANTED);
        }
    }

    private boolean isOver(String callId, Lent one) {
        String mark = mark(callId);
        boolean wanted = mark != null && isSame(mark, one.mark) && nodes.get().contains(mark.substring(0, mark.indexOf(OF)));
        if (wanted && !one.reader.hasLeft()) {
            return false;
        }
        if (wanted) {
            // its client has come back to this node
            loans.remove(callId);
        }
        one.reader.leave();
        return true;
    }

    private static boolean isSame(String found, String mark) {
        return found.startsWith(mark);
    }

    private String mark(String callId) {
        byte[] bytes = loans.get(callId);
        return bytes == null ? null : new String(bytes, StandardCharsets.US_ASCII);
    }

    private void put(String callId, String mark) {
        loans.put(callId, mark.getBytes(StandardCharsets.US_ASCII));
    }
}
