package io.millrace.ejb.tier;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.infinispan.commons.dataconversion.MediaType;
import org.infinispan.configuration.cache.CacheMode;
import org.infinispan.configuration.cache.ConfigurationBuilder;
import org.infinispan.configuration.global.GlobalConfigurationBuilder;
import org.infinispan.configuration.global.ShutdownHookBehavior;
import org.infinispan.eviction.EvictionStrategy;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.manager.EmbeddedCacheManager;

/**
 * The chests of a process, and the threads that Infinispan runs for them; in a cluster every node has a copy of what is on
 * disk, and what is in memory is forgotten when another node writes it. Thread-safe.
 */
public final class ChestRoom implements AutoCloseable {

    /** What was read or written last is at hand without the disk. */
    private static final long BESIDE_THE_DISK = 16L << 20;
    /** A file of the store; when it is full the next one is begun, and those with much that is old are written anew. */
    private static final int FILE_BYTES = 16 << 20;
    private static final int REMOTE_SECONDS = 5;

    private final EmbeddedCacheManager manager;
    private final boolean shared;
    private final Path folder;

    private ChestRoom(Path folder, EmbeddedCacheManager manager, boolean shared) {
        this.folder = folder.toAbsolutePath();
        this.manager = manager;
        this.shared = shared;
    }

    /**
     * Of a process that is alone.
     *
     * @param folder for what is on disk; made where it isn't there
     */
    public static ChestRoom alone(Path folder) {
        GlobalConfigurationBuilder global = new GlobalConfigurationBuilder().nonClusteredDefault();
        global.jmx().disable().metrics().gauges(false).histograms(false);
        global.shutdown().hookBehavior(ShutdownHookBehavior.DONT_REGISTER);
        return new ChestRoom(folder, withOwnLoader(() -> new DefaultCacheManager(global.build())), false);
    }

    /** Of a node, with the nodes that this manager knows; whoever made the manager stops it. */
    public static ChestRoom shared(Path folder, EmbeddedCacheManager manager) {
        return new ChestRoom(folder, manager, true);
    }

    /** In memory alone: when it is full, what was not asked for longest goes. */
    public Chest inMemory(String name, long mostBytes) {
        ConfigurationBuilder cache = bytes(CacheMode.INVALIDATION_SYNC);
        cache.memory().maxSize(Long.toString(mostBytes)).whenFull(EvictionStrategy.REMOVE);
        return open(name, cache);
    }

    /**
     * On disk: a write is done when it would survive the process's and the machine's sudden end, at all nodes that are there.
     * A node that comes to others takes over what they have, and forgets what it had.
     */
    public Chest onDisk(String name) {
        TornWrites.cut(folder.resolve(name).resolve("data"));
        ConfigurationBuilder cache = bytes(CacheMode.REPL_SYNC);
        cache.memory().maxSize(Long.toString(BESIDE_THE_DISK)).whenFull(EvictionStrategy.REMOVE);
        cache.persistence().passivation(false).addSoftIndexFileStore()
                .dataLocation(folder.resolve(name).resolve("data").toString())
                .indexLocation(folder.resolve(name).resolve("index").toString())
                .maxFileSize(FILE_BYTES).syncWrites(true).purgeOnStartup(shared && manager.getMembers().size() > 1);
        return open(name, cache);
    }

    private ConfigurationBuilder bytes(CacheMode mode) {
        ConfigurationBuilder cache = new ConfigurationBuilder();
        cache.encoding().key().mediaType(MediaType.APPLICATION_OCTET_STREAM);
        cache.encoding().value().mediaType(MediaType.APPLICATION_OCTET_STREAM);
        if (shared) {
            cache.clustering().cacheMode(mode).remoteTimeout(REMOTE_SECONDS, TimeUnit.SECONDS).stateTransfer().awaitInitialTransfer(false);
        }
        return cache;
    }

    private Chest open(String name, ConfigurationBuilder cache) {
        return withOwnLoader(() -> {
            manager.defineConfiguration(name, cache.build());
            return new CacheChest(manager.getCache(name));
        });
    }

    /** Infinispan looks for its parts with the thread's loader, which in a container is not always the application's. */
    private static <T> T withOwnLoader(Supplier<T> work) {
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
        if (!shared) {
            manager.stop();
        }
    }
}
