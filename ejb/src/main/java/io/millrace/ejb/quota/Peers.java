package io.millrace.ejb.quota;

import io.millrace.ejb.cluster.Shelf;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** What the nodes of a cluster tell each other about the use of keys. Thread-safe, but for {@link #tell}: one thread. */
final class Peers {

    /** With the dead ones: the last words of older ones are not heeded any more. */
    private static final int MOST_NODES = 32;

    private final List<String> met = new CopyOnWriteArrayList<>();
    private final Shelf shelf;
    private final String self;
    private final Supplier<Set<String>> nodes;
    private final Map<String, CompletableFuture<?>> writing = new ConcurrentHashMap<>();

    /** @param nodes names of those that are there, this one among them */
    Peers(Shelf shelf, String self, Supplier<Set<String>> nodes) {
        this.shelf = shelf;
        this.self = self;
        this.nodes = nodes;
    }

    /** What the others have let through of a key, by their names; those that are gone with their last words. Never waits. */
    Map<String, Use> of(String keyId) {
        Set<String> there = nodes.get();
        look(there);
        Map<String, Use> others = new HashMap<>();
        for (String node : met) {
            byte[] bytes = shelf.get(node + "/" + keyId);
            if (bytes != null) {
                others.put(node, there.contains(node) ? Use.of(bytes) : Use.of(bytes).gone());
            }
        }
        return others;
    }

    /** Who is there now is still heeded when it is gone. */
    void look() {
        look(nodes.get());
    }

    private void look(Set<String> there) {
        for (String node : there) {
            if (!node.equals(self) && !met.contains(node)) {
                met.add(node);
                if (met.size() > MOST_NODES) {
                    met.removeFirst();
                }
            }
        }
    }

    /** Tells the others of a key, unless they are being told of it; false then. */
    boolean tell(String keyId, Supplier<Use> use) {
        CompletableFuture<?> before = writing.get(keyId);
        if (before != null && !before.isDone()) {
            return false;
        }
        writing.put(keyId, shelf.put(self + "/" + keyId, use.get().bytes()));
        return true;
    }

    void forget(String keyId) {
        writing.remove(keyId);
        shelf.remove(self + "/" + keyId);
    }
}
