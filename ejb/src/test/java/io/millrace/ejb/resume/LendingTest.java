package io.millrace.ejb.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Configuration;
import io.millrace.config.DataSize;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.ejb.cluster.MapShelf;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.Reader;
import io.millrace.ejb.flow.Seen;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Node a makes an answer whose client comes to node b. */
@Timeout(20)
class LendingTest {

    private static final Duration GRACE = Duration.ofSeconds(30);
    private static final Duration NOW = Duration.ZERO;
    private static final String CALL = "call";

    private final MapShelf heads = new MapShelf();
    private final MapShelf chunks = new MapShelf();
    private final MapShelf claims = new MapShelf();
    private final MapShelf loans = new MapShelf();
    private final Set<String> nodes = new HashSet<>(Set.of("a", "b", "c"));
    private final Journal journal = journal("a");
    private final Lending owner = new Lending(loans, "a", () -> nodes);
    private final Lending b = new Lending(loans, "b", () -> nodes);
    private final AtomicInteger cancels = new AtomicInteger();
    private final AtomicInteger closes = new AtomicInteger();
    private final Flow flow = new Flow(20, cancels::incrementAndGet, closes::incrementAndGet);
    private Kept kept;
    private Reader first;
    private Answer answer;

    private Journal journal(String node) {
        return new Journal(heads, chunks, claims, node, () -> nodes);
    }

    private void begin(int memory) {
        kept = new Kept(new Configuration.Resume(10, new DataSize(memory), new DataSize(memory), GRACE, GRACE), journal);
        assertTrue(kept.keep(new Ticket(CALL, "key", "print"), new Kept.Shown("m", 1, 1), new Kept.Facts(1, 2, 100), flow));
        first = flow.readFrom(new Seen(1));
        answer = new Answer(CALL, 1, 1, 100, List.of(), (Tokenizer) null, flow, Answer::finish);
    }

    private void say(String text) {
        answer.accept(0, text, 1, null, List.of(), 1);
    }

    /** What the owner's timer does. */
    private void beat() {
        journal.flush();
        owner.look(kept::lend);
    }

    private Following follow(Lending at, String node, Seen seen) {
        Lending.Loan loan = at.ask(CALL, "a");
        assertFalse(at.isGranted(loan));
        beat();
        assertTrue(at.isGranted(loan));
        return new Following(journal(node), at, loan, seen);
    }

    private static Seen seen(String text) {
        return Seen.of(text).orElseThrow();
    }

    private static String read(Reader from) throws InterruptedException {
        StringBuilder read = new StringBuilder();
        for (FlowEvent event = from.next(NOW); event != null; event = from.next(NOW)) {
            read.append(event instanceof FlowEvent.Text text ? text.text() : event instanceof FlowEvent.ChoiceDone ? "." : "#");
        }
        return read.toString();
    }

    @Test
    void aClientGetsTheRestWhereItComes() throws InterruptedException {
        begin(10_000);
        say("The mill ");
        Following there = follow(b, "b", seen("4"));
        assertEquals("mill ", read(there));
        assertTrue(first.hasLeft(), "the client is at the other node");
        for (int i = 0; i < 30; i++) {
            say("wheel turns ");
        }
        assertEquals("", read(there), "nothing was told yet");
        beat();
        assertEquals("wheel turns ".repeat(30), read(there), "more than the buffer holds that a reader here would have to empty");
        answer.complete(0, FinishReason.STOP);
        beat();
        assertEquals(".#", read(there));
        assertEquals(0, closes.get());
        there.close();
        beat();
        assertEquals(1, closes.get(), "the owner knows that its client has it all");
        assertEquals(0, cancels.get());
        assertTrue(loans.map.isEmpty());
    }

    @Test
    void aClientThatIsReadToIsNotAway() {
        begin(10_000);
        Following there = follow(b, "b", seen("-"));
        long late = System.nanoTime() + 2 * GRACE.toNanos();
        kept.look(late);
        assertEquals(0, cancels.get());
        there.leave();
        beat();
        kept.look(late);
        assertEquals(1, cancels.get(), "from then on it is");
    }

    @Test
    void aNodeThatDiesHasNoClients() {
        begin(10_000);
        follow(b, "b", seen("-"));
        nodes.remove("b");
        beat();
        kept.look(System.nanoTime() + 2 * GRACE.toNanos());
        assertEquals(1, cancels.get());
    }

    @Test
    void whoComesLastHasIt() throws InterruptedException {
        begin(10_000);
        say("The mill ");
        Following there = follow(b, "b", seen("-"));
        Following elsewhere = follow(new Lending(loans, "c", () -> nodes), "c", seen("-"));
        assertTrue(there.hasLeft());
        there.close();
        beat();
        assertEquals("The mill ", read(elsewhere), "whoever had it before takes it from nobody");

        Reader back = flow.readFrom(seen("-"));
        beat();
        assertTrue(elsewhere.hasLeft(), "it came back to its node");
        assertEquals("The mill ", read(back));
        assertFalse(back.hasLeft());
    }

    @Test
    void theEndOfItsNodeIsNoEndOfTheAnswer() throws InterruptedException {
        begin(10_000);
        say("The mill ");
        Following there = follow(b, "b", seen("-"));
        assertEquals("The mill ", read(there));
        nodes.remove("a");
        assertInstanceOf(FlowEvent.Broken.class, there.next(NOW));
        assertNull(there.next(NOW));
    }

    @Test
    void anAnswerThatCanNotBeKeptIsBrokenOff() throws InterruptedException {
        begin(40);
        Following there = follow(b, "b", seen("-"));
        say("The mill ");
        beat();
        assertEquals("The mill ", read(there));
        say("turns all night ");
        beat();
        assertInstanceOf(FlowEvent.Broken.class, there.next(NOW));
        assertEquals(Answer.Outcome.FAILED, answer.outcome());
        there.close();
        beat();
        assertEquals(1, closes.get());
    }

    @Test
    void whatIsGrantedTooLateIsTakenBack() {
        begin(10_000);
        Lending.Loan loan = b.ask(CALL, "a");
        byte[] entry = loans.get(loan.mark());
        b.end(loan);
        // the owner had read it before it was gone
        loans.put(loan.mark(), entry);
        beat();
        b.look(_ -> null);
        assertTrue(loans.map.isEmpty());
        beat();
        kept.look(System.nanoTime() + 2 * GRACE.toNanos());
        assertEquals(1, cancels.get(), "nobody reads it");
    }

    /** The node has not heard yet that its client left when that is there again. */
    @Test
    void whoEndsLateEndsNobodyElsesLoan() throws InterruptedException {
        begin(10_000);
        say("The mill ");
        Following before = follow(b, "b", seen("-"));
        Lending.Loan again = b.ask(CALL, "a");
        before.leave();
        beat();
        assertTrue(b.isGranted(again));
        assertEquals("The mill ", read(new Following(journal("b"), b, again, seen("-"))));
    }

    @Test
    void nobodyIsGivenWhatIsNotThere() {
        begin(10_000);
        Lending.Loan loan = b.ask("another", "a");
        beat();
        assertFalse(b.isGranted(loan));
        b.end(loan);
        assertTrue(loans.map.isEmpty());
    }
}
