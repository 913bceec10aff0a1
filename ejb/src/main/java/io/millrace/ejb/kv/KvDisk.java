package io.millrace.ejb.kv;

import io.millrace.config.Configuration;
import io.millrace.ejb.vault.Sealer;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.util.Optional;

/**
 * The shell of {@link KvStore}: owns the threads "kv writer" and "kv reader". Thread-safe. Files are sealed by the
 * application's {@link Sealer}; without one they only have checksums.
 */
@Startup
@Singleton
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionManagement(TransactionManagementType.BEAN)
public class KvDisk {

    private static final long STOP_MS = 5_000;

    @Inject
    private Configuration configuration;
    @Inject
    private Instance<Sealer> sealer;
    @Resource
    private ManagedThreadFactory threads;
    private final KvWorker writing = new KvWorker();
    private final KvWorker reading = new KvWorker();
    private Thread writer;
    private Thread reader;
    private KvStore store;

    @PostConstruct
    void start() {
        long budget = configuration.kv().disk().bytes();
        if (budget == 0 || !configuration.regions().embedded()) {
            return;
        }
        store = new KvStore(configuration.data().dir().toAbsolutePath().resolve("kv"),
                new KvStore.Bounds(budget, HostMemory.atMost(configuration.kv().diskMemory())),
                sealer.isResolvable() ? sealer.get() : null, writing, reading, System::nanoTime);
        store.start();
        writer = onThread("kv writer", writing);
        reader = onThread("kv reader", reading);
    }

    private Thread onThread(String name, KvWorker worker) {
        Thread thread = threads.newThread(worker);
        thread.setName(name);
        thread.start();
        return thread;
    }

    /** Empty where {@code kv.disk} is 0, or no engine runs in this process. */
    public Optional<KvStore> store() {
        return Optional.ofNullable(store);
    }

    @PreDestroy
    void stop() {
        if (store == null) {
            return;
        }
        writing.close();
        reading.close();
        try {
            writer.join(STOP_MS);
            reader.join(STOP_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        store.close();
    }
}
