package io.millrace.ejb.resume;

import io.millrace.ejb.cluster.Shelf;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.Usage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/**
 * One answer on its way into the journal: collects what is said, and writes it when the journal's timer comes and the
 * write before is done, so that writes of one key never overtake each other. Thread-safe, by one short lock.
 */
final class Draft {

    /** A chunk is written again until it is this large; then the next one begins. */
    private static final int CHUNK_BYTES = 4096;
    /** In place of a choice's number: reasoning follows, and then the number. */
    static final int REASONING = 0xff;
    private static final int[] NO_TOKENS = {};

    private final Shelf heads;
    private final Shelf chunks;
    private final ByteArrayOutputStream chunk = new ByteArrayOutputStream();
    private Head head;
    private int number;
    private boolean headChanged = true;
    private boolean chunkChanged;
    private boolean dropped;
    private CompletableFuture<?> writing = CompletableFuture.completedFuture(null);
    private CompletableFuture<?> announced = CompletableFuture.completedFuture(null);

    /** @param firstChunk how many there are already */
    Draft(Shelf heads, Shelf chunks, Head head, int firstChunk) {
        this.heads = heads;
        this.chunks = chunks;
        this.head = head;
        this.number = firstChunk;
    }

    /** Tells the other nodes at once that there is such an answer. */
    synchronized void announce() {
        flush();
        announced = writing;
    }

    /** Done when they know; done already where nobody is to be told. */
    synchronized CompletableFuture<?> announced() {
        return announced;
    }

    synchronized void said(int choice, String text, int[] ids, int tokens) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        try (DataOutputStream out = new DataOutputStream(chunk)) {
            out.writeByte(choice);
            out.writeInt(tokens);
            out.writeInt(utf8.length);
            out.write(utf8);
            out.writeInt(ids == null ? -1 : ids.length);
            for (int i = 0; ids != null && i < ids.length; i++) {
                out.writeInt(ids[i]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        chunkChanged = true;
    }

    synchronized void reasoned(int choice, String text) {
        chunk.write(REASONING);
        said(choice, text, NO_TOKENS, 0);
    }

    synchronized void done(int choice, FinishReason reason) {
        head = head.with(choice, reason);
        headChanged = true;
    }

    synchronized void ended(Usage usage) {
        head = head.with(usage);
        headChanged = true;
    }

    /** Nobody may go on with it any more. */
    synchronized void drop() {
        dropped = true;
        headChanged = true;
    }

    /** Writes what is new, unless a write is under way; false when there is no more to be done, ever. */
    synchronized boolean flush() {
        if (!writing.isDone()) {
            return true;
        }
        if (dropped) {
            heads.remove(head.ticket().callId());
            for (int i = 0; i <= number; i++) {
                chunks.remove(key(head.ticket().callId(), i));
            }
            return false;
        }
        if (chunkChanged) {
            chunkChanged = false;
            writing = chunks.put(key(head.ticket().callId(), number), chunk.toByteArray());
            if (chunk.size() >= CHUNK_BYTES) {
                chunk.reset();
                number++;
            }
        }
        if (headChanged) {
            headChanged = false;
            byte[] bytes = head.bytes();
            // an answer must not seem over before all of it is there
            writing = writing.thenCompose(_ -> heads.put(head.ticket().callId(), bytes));
        }
        return true;
    }

    static String key(String callId, int number) {
        return callId + "/" + number;
    }
}
