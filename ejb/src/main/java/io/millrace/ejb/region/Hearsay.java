package io.millrace.ejb.region;

import io.millrace.ejb.cluster.Shelf;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * What the nodes of a cluster tell each other of regions that fail: when a breaker opens on one node, those of the others
 * open for the rest of its pause. Only openings are told: not that a trial has failed, nor that a region is back, which
 * each node finds out with a trial of its own. So a node that alone can't reach a region keeps nobody from it for long.
 * Owned by one thread.
 */
final class Hearsay {

    private final Shelf shelf;
    private final String self;
    private final Supplier<Set<String>> nodes;
    private final Map<String, Long> told = new HashMap<>();
    private final Map<String, Long> heard = new HashMap<>();
    private final Map<String, CompletableFuture<?>> writing = new HashMap<>();

    /** @param nodes names of those that are there, this one among them */
    Hearsay(Shelf shelf, String self, Supplier<Set<String>> nodes) {
        this.shelf = shelf;
        this.self = self;
        this.nodes = nodes;
    }

    /** Tells what is new here, and heeds what is new there. */
    void exchange(List<Region> regions, long nowNanos, long nowMillis) {
        Set<String> there = nodes.get();
        heard.keySet().removeIf(key -> !there.contains(key.substring(0, key.indexOf('/'))));
        for (Region region : regions) {
            tell(region, nowNanos, nowMillis);
            for (String node : there) {
                if (!node.equals(self)) {
                    heed(region, node + "/" + region.name(), nowNanos, nowMillis);
                }
            }
        }
    }

    private void tell(Region region, long nowNanos, long nowMillis) {
        long opened = region.breaker().opened();
        CompletableFuture<?> before = writing.get(region.name());
        if (opened != told.getOrDefault(region.name(), 0L) && (before == null || before.isDone())) {
            told.put(region.name(), opened);
            writing.put(region.name(), shelf.put(self + "/" + region.name(), ByteBuffer.allocate(2 * Long.BYTES).putLong(opened)
                    .putLong(nowMillis + region.breaker().leftMillis(nowNanos)).array()));
        }
    }

    private void heed(Region region, String key, long nowNanos, long nowMillis) {
        byte[] bytes = shelf.get(key);
        if (bytes == null) {
            return;
        }
        ByteBuffer said = ByteBuffer.wrap(bytes);
        long opened = said.getLong();
        long left = Math.min(Breaker.LONGEST_PAUSE_MS, said.getLong() - nowMillis);
        if (opened != heard.getOrDefault(key, 0L)) {
            heard.put(key, opened);
            region.breaker().heed(nowNanos, left);
        }
    }
}
