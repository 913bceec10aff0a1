package io.millrace.ejb.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Configuration;
import io.millrace.config.DataSize;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.Reader;
import io.millrace.ejb.flow.Seen;
import io.millrace.ejb.resume.Kept.Found;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class KeptTest {

    private static final Duration NOW = Duration.ZERO;
    private static final Duration GRACE = Duration.ofSeconds(30);
    private static final Duration KEEP = Duration.ofMinutes(2);

    private final AtomicInteger cancels = new AtomicInteger();
    private final AtomicInteger closes = new AtomicInteger();

    private static Kept kept(int answers, int text, int memory) {
        return new Kept(new Configuration.Resume(answers, new DataSize(text), new DataSize(memory), GRACE, KEEP), null);
    }

    /** One call's answer, whose text comes from elsewhere. */
    private final class Call {
        final String id;
        final Flow flow = new Flow(1000, cancels::incrementAndGet, closes::incrementAndGet);
        final Answer answer;
        final boolean kept;
        final Reader reader;

        Call(String id, Kept all) {
            this.id = id;
            kept = all.keep(new Ticket(id, "key", "print"), new Kept.Shown("m", 1, 1), null, flow);
            reader = kept ? flow.readFrom(new Seen(1)) : flow;
            answer = new Answer(id, 1, 1, 100, List.of(), (Tokenizer) null, flow, Answer::finish);
        }

        void say(String text) {
            answer.accept(0, text, 1, null, List.of(), 1);
        }

        void end() {
            answer.complete(0, FinishReason.STOP);
        }

        String read(Reader from) throws InterruptedException {
            StringBuilder read = new StringBuilder();
            for (FlowEvent event = from.next(NOW); event != null; event = from.next(NOW)) {
                read.append(event instanceof FlowEvent.Text text ? text.text() : event instanceof FlowEvent.ChoiceDone ? "." : "#");
            }
            return read.toString();
        }
    }

    private static Reader rest(Kept kept, String eventId) {
        return assertInstanceOf(Found.Rest.class, kept.find(eventId, "key", "print")).reader();
    }

    @Test
    void whoComesBackGetsWhatItHasNotSeen() throws InterruptedException {
        Kept kept = kept(10, 1000, 1000);
        Call call = new Call("a", kept);
        call.say("abc");
        assertEquals("abc", call.read(call.reader));
        call.say("def");
        call.reader.leave();
        call.say("ghi");
        assertEquals("cdefghi", call.read(rest(kept, "a:2")));
        call.end();
        assertEquals("ghi.#", call.read(rest(kept, "a:6")));
        assertEquals("#", call.read(rest(kept, "a:9.")));
        assertEquals(0, cancels.get());
    }

    /** Another node goes on with what it has, which may be less than the client got. */
    @Test
    void whoHasMoreThanWasSaidGetsWhatComesAfterIt() throws InterruptedException {
        Kept kept = kept(10, 1000, 1000);
        Call call = new Call("a", kept);
        Reader reader = rest(kept, "a:5");
        call.say("abc");
        call.say("defg");
        assertEquals("fg", call.read(reader));
    }

    @Test
    void whoeverReadBeforeGetsNothingAnyMore() throws Exception {
        Kept kept = kept(10, 1000, 1000);
        Call call = new Call("a", kept);
        var waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return call.reader.next(Duration.ofSeconds(15));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        TimeUnit.MILLISECONDS.sleep(50);
        Reader second = rest(kept, "a:-");
        assertNull(waiting.get(5, TimeUnit.SECONDS));
        assertTrue(call.reader.hasLeft());
        call.reader.leave();
        assertFalse(second.hasLeft(), "who is gone takes nobody with him");
        call.say("abc");
        assertEquals("abc", call.read(second));
    }

    @Test
    void anotherKeyOrRequestGetsNothing() {
        Kept kept = kept(10, 1000, 1000);
        new Call("a", kept);
        assertInstanceOf(Found.Unknown.class, kept.find("a:-", "other", "print"));
        assertInstanceOf(Found.Unknown.class, kept.find("b:-", "key", "print"));
        assertInstanceOf(Found.Unknown.class, kept.find("a:-,-", "key", "print"));
        assertInstanceOf(Found.OtherRequest.class, kept.find("a:-", "key", "another"));
        assertInstanceOf(Found.NoEventId.class, kept.find("a", "key", "print"));
    }

    @Test
    void aCallIsCancelledWhenItsClientStaysAway() {
        Kept kept = kept(10, 1000, 1000);
        Call call = new Call("a", kept);
        long now = System.nanoTime();
        kept.look(now + KEEP.toNanos());
        assertEquals(0, cancels.get(), "while it is read nothing expires");
        call.reader.leave();
        kept.look(now + GRACE.toNanos() / 2);
        assertEquals(0, cancels.get());
        kept.look(System.nanoTime() + GRACE.toNanos() + 1);
        assertEquals(1, cancels.get());
        assertEquals(1, closes.get());
        assertInstanceOf(Found.Unknown.class, kept.find("a:-", "key", "print"));
        assertEquals(0, kept.size());
    }

    @Test
    void aCompleteAnswerStaysForAWhile() throws InterruptedException {
        Kept kept = kept(10, 1000, 1000);
        Call call = new Call("a", kept);
        call.reader.leave();
        call.say("abc");
        call.end();
        assertEquals(1, closes.get(), "nothing is in flight any more");
        kept.look(System.nanoTime() + GRACE.toNanos() * 2);
        Reader reader = rest(kept, "a:-");
        assertEquals("abc.#", call.read(reader));
        reader.close();
        assertEquals(1, closes.get());
        kept.look(System.nanoTime() + KEEP.toNanos() + 1);
        assertEquals(0, kept.size());
        assertEquals(0, kept.bytes());
    }

    @Test
    void whereThereIsNoRoomAnAnswerEndsWithItsClient() throws InterruptedException {
        Kept kept = kept(2, 20, 30);
        Call first = new Call("a", kept);
        Call second = new Call("b", kept);
        assertFalse(new Call("c", kept).kept);
        first.say("abc");
        first.end();
        first.read(first.reader);
        first.reader.close();
        assertTrue(new Call("d", kept).kept, "one that rests makes room");
        second.say("0123456789x");
        assertEquals("0123456789x", second.read(second.reader), "its reader reads on");
        assertInstanceOf(Found.Unknown.class, kept.find("b:3", "key", "print"));
        second.reader.leave();
        assertEquals(1, cancels.get());
        assertEquals(0, kept.bytes());
    }
}
