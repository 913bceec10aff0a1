package io.millrace.ejb.cluster;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** A shelf that all nodes of a test share at once. */
public class MapShelf implements Shelf {

    public final Map<String, byte[]> map = new ConcurrentHashMap<>();

    @Override
    public byte[] get(String key) {
        return map.get(key);
    }

    @Override
    public CompletableFuture<?> put(String key, byte[] value) {
        map.put(key, value);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public boolean claim(String key, byte[] value) {
        return map.putIfAbsent(key, value) == null;
    }

    @Override
    public void remove(String key) {
        map.remove(key);
    }

    @Override
    public Set<String> keys() {
        return Set.copyOf(map.keySet());
    }
}
