package io.millrace.ejb.tier;

import java.nio.file.Path;
import org.infinispan.commons.dataconversion.MediaType;
import org.infinispan.configuration.cache.ConfigurationBuilder;
import org.infinispan.configuration.global.GlobalConfigurationBuilder;
import org.infinispan.configuration.global.ShutdownHookBehavior;
import org.infinispan.eviction.EvictionStrategy;
import org.infinispan.manager.DefaultCacheManager;

/** The chests of one process that shares them with nobody, and the threads that Infinispan runs for them. Thread-safe. */
public final class ChestRoom implements AutoCloseable {

    /** What was read or written last is at hand without the disk. */
    private static final long BESIDE_THE_DISK = 16L << 20;
    /** A file of the store; when it is full the next one is begun, and those with much that is old are written anew. */
    private static final int FILE_BYTES = 16 << 20;

    private final DefaultCacheManager manager;
    private final Path folder;

    /** @param folder for what is on disk; made where it isn't there */
    public ChestRoom(Path folder) {
        this.folder = folder.toAbsolutePath();
        GlobalConfigurationBuilder global = new GlobalConfigurationBuilder().nonClusteredDefault();
        global.globalState().enable().persistentLocation(this.folder.toString()).temporaryLocation(this.folder.toString());
        global.jmx().disable().metrics().gauges(false).histograms(false);
        global.shutdown().hookBehavior(ShutdownHookBehavior.DONT_REGISTER);
        manager = withOwnLoader(() -> new DefaultCacheManager(global.build()));
    }

    /** In memory alone: when it is full, what was not asked for longest goes. */
    public Chest inMemory(String name, long mostBytes) {
        ConfigurationBuilder cache = bytes();
        cache.memory().maxSize(Long.toString(mostBytes)).whenFull(EvictionStrategy.REMOVE);
        return open(name, cache);
    }

    /** On disk: a write is done when it would survive the process's and the machine's sudden end. */
    public Chest onDisk(String name) {
        ConfigurationBuilder cache = bytes();
        cache.memory().maxSize(Long.toString(BESIDE_THE_DISK)).whenFull(EvictionStrategy.REMOVE);
        cache.persistence().passivation(false).addSoftIndexFileStore()
                .dataLocation(folder.resolve(name).resolve("data").toString())
                .indexLocation(folder.resolve(name).resolve("index").toString())
                .maxFileSize(FILE_BYTES).syncWrites(true).purgeOnStartup(false);
        return open(name, cache);
    }

    private static ConfigurationBuilder bytes() {
        ConfigurationBuilder cache = new ConfigurationBuilder();
        cache.encoding().key().mediaType(MediaType.APPLICATION_OCTET_STREAM);
        cache.encoding().value().mediaType(MediaType.APPLICATION_OCTET_STREAM);
        return cache;
    }

    private Chest open(String name, ConfigurationBuilder cache) {
        return withOwnLoader(() -> {
            manager.defineConfiguration(name, cache.build());
            return new CacheChest(manager.getCache(name));
        });
    }

    /** Infinispan looks for its parts with the thread's loader, which in a container is not always the application's. */
    private static <T> T withOwnLoader(java.util.function.Supplier<T> work) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(DefaultCacheManager.class.getClassLoader());
        try {
            return work.get();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Override
    public void close() {
        manager.stop();
    }
}
