package io.millrace.ejb.tier;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.infinispan.Cache;
import org.infinispan.commons.util.CloseableIterator;

/** A chest in a cache whose keys and values are bytes, so that Infinispan knows how much memory they take. */
record CacheChest(Cache<byte[], byte[]> cache) implements Chest {

    @Override
    public byte[] get(String name) {
        return cache.get(key(name));
    }

    @Override
    public CompletableFuture<?> put(String name, byte[] content) {
        return cache.putAsync(key(name), content);
    }

    @Override
    public CompletableFuture<?> remove(String name) {
        return cache.removeAsync(key(name));
    }

    @Override
    public void forEach(BiConsumer<String, byte[]> visitor) {
        try (CloseableIterator<java.util.Map.Entry<byte[], byte[]>> all = cache.entrySet().iterator()) {
            while (all.hasNext()) {
                var entry = all.next();
                visitor.accept(new String(entry.getKey(), StandardCharsets.UTF_8), entry.getValue());
            }
        }
    }

    private static byte[] key(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }
}
