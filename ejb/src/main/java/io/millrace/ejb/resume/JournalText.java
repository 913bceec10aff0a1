package io.millrace.ejb.resume;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * What the journal has of one answer's text, read from its beginning, also while it grows: pieces as {@link Draft} writes them.
 * Owned by one thread.
 */
final class JournalText {

    private final Journal journal;
    private final String callId;
    private int number;
    private int bytesRead;

    JournalText(Journal journal, String callId) {
        this.journal = journal;
        this.callId = callId;
    }

    /** Takes a piece of a choice. */
    interface Taking {
        /** Reasoning before it. */
        void reasoning(int choice, String text);

        /**
         * @param ids    its tokens; null where they aren't known
         * @param tokens of the choice so far
         */
        void piece(int choice, String text, int[] ids, int tokens);
    }

    /** Hands over what is there and was not read yet. */
    void read(Taking to) {
        while (true) {
            // a chunk grows no more once there is a next one
            boolean whole = journal.chunk(callId, number + 1) != null;
            byte[] chunk = journal.chunk(callId, number);
            if (chunk == null) {
                return;
            }
            read(chunk, to);
            if (!whole) {
                return;
            }
            number++;
            bytesRead = 0;
        }
    }

    private void read(byte[] chunk, Taking to) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(chunk))) {
            in.skipNBytes(bytesRead);
            while (in.available() > 0) {
                int first = in.readUnsignedByte();
                boolean reasoning = first == Draft.REASONING;
                int choice = reasoning ? in.readUnsignedByte() : first;
                int tokens = in.readInt();
                String text = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
                int count = in.readInt();
                int[] ids = count < 0 ? null : new int[count];
                for (int i = 0; i < count; i++) {
                    ids[i] = in.readInt();
                }
                if (reasoning) {
                    to.reasoning(choice, text);
                } else {
                    to.piece(choice, text, ids, tokens);
                }
            }
            bytesRead = chunk.length;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
