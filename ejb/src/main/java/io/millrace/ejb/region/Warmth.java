package io.millrace.ejb.region;

import java.util.LinkedHashMap;
import java.util.Map;

/** Which region served a conversation last, and so probably has its beginning in its cache. Thread-safe. */
final class Warmth {

    private static final int MOST = 20_000;

    private final Map<Long, String> regions = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, String> eldest) {
            return size() > MOST;
        }
    };

    synchronized void put(long conversation, String region) {
        regions.put(conversation, region);
    }

    synchronized boolean is(long conversation, String region) {
        return region.equals(regions.get(conversation));
    }
}
