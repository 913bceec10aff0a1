package io.millrace.tests.upstream;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayDeque;

/** The last requests that came. Thread-safe. */
final class Journal {

    private static final int MOST = 10_000;

    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private long requests;

    /** One request, from the moment when it was read whole and found to be right, or not. */
    static final class Entry {
        private final long id;
        private final long nanos = System.nanoTime();
        private final String path;
        private final Asked asked;
        private final int said;
        private final int status;
        private volatile int given;
        private volatile String ending;
        private volatile long endNanos;

        private Entry(long id, String path, Asked asked, int said, int status) {
            this.id = id;
            this.path = path;
            this.asked = asked;
            this.said = said;
            this.status = status;
        }

        long id() {
            return id;
        }

        String prompt() {
            return asked.shown();
        }

        int given() {
            return given;
        }

        /** So many words have gone out. */
        void gave(int words) {
            given = words;
        }

        void ended(String how) {
            endNanos = System.nanoTime();
            ending = how;
        }
    }

    /** @param status with which it is answered, unless a fault comes between */
    Entry enter(String path, Asked asked, int said, int status) {
        synchronized (entries) {
            Entry entry = new Entry(++requests, path, asked, said, status);
            if (entries.size() >= MOST) {
                entries.removeFirst();
            }
            entries.addLast(entry);
            return entry;
        }
    }

    String json() {
        ArrayNode all = Asked.JSON.createArrayNode();
        synchronized (entries) {
            for (Entry each : entries) {
                all.addObject().put("id", each.id).put("nanos", each.nanos).put("path", each.path).put("prompt", each.prompt())
                        .put("continuation", !each.asked.said().isEmpty()).put("said", each.said).put("maxTokens", each.asked.maxTokens())
                        .put("stream", each.asked.stream()).put("status", each.status).put("given", each.given)
                        .put("ending", each.ending).put("endNanos", each.endNanos);
            }
        }
        return all.toString();
    }
}
