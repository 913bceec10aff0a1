package io.millrace.ejb.model;

import io.millrace.config.Configuration;
import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineConnectionFactory;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.ModelInfo;
import io.millrace.ejb.batch.BatchLoop;
import io.millrace.ejb.kv.ConversationGone;
import io.millrace.ejb.kv.KvDisk;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.DependsOn;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.resource.ResourceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What can be served at this moment: opens the configured model when the application starts, in the background, and
 * switches to another while streams in flight finish on the old one. Thread-safe; {@link #use} takes turns.
 */
@Singleton
@Startup
@DependsOn({"Trail", "KvDisk"})
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionManagement(TransactionManagementType.BEAN)
public class Engines {

    private static final Logger LOG = Logger.getLogger(Engines.class.getName());

    @Resource(lookup = "java:app/eis/engine")
    private EngineConnectionFactory factory;
    @Resource
    private ManagedThreadFactory threads;
    @Resource
    private ManagedExecutorService executor;
    @Inject
    private Configuration configuration;
    @Inject
    private KvDisk disk;

    private volatile Serving serving;
    /** That one, and those before it whose streams are not over. */
    private final List<Serving> open = new CopyOnWriteArrayList<>();
    private volatile boolean ending;
    private volatile String notReady = "the engine is starting";

    @PostConstruct
    void start() {
        if (!configuration.regions().embedded()) {
            notReady = "no engine runs in this process";
            return;
        }
        Optional<Path> model = configuration.engine().model();
        if (model.isEmpty()) {
            notReady = "no model is configured; add one with ./millrace model add FILE";
            return;
        }
        notReady = "the model " + model.get().getFileName() + " is loading";
        executor.execute(() -> startWith(model.get()));
    }

    private void startWith(Path model) {
        try {
            use(model);
        } catch (EngineException e) {
            LOG.log(Level.SEVERE, "The configured model can''t be served: {0}", e.getMessage());
        } catch (RuntimeException e) {
            notReady = "the engine failed to start: " + e.getMessage();
            LOG.log(Level.SEVERE, "The engine failed to start", e);
        }
    }

    /** The models that answer now. */
    public List<ModelInfo> models() {
        return serving(null).map(loop -> List.of(loop.model())).orElse(List.of());
    }

    /** When this returns, no file holds what was computed of a conversation; KV cells hold it until its last call has ended. */
    public void forget(@Observes ConversationGone forgotten) {
        open.forEach(each -> each.loop().forget(forgotten.conversation()));
        disk.store().ifPresent(store -> {
            try {
                store.forget(forgotten.conversation());
            } catch (IOException e) {
                throw new UncheckedIOException("files with KV states of a conversation could not be deleted", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("stopped while files of a conversation were deleted", e);
            }
        });
    }

    /** The loop that serves {@code model}; null or empty asks for the default one. */
    public Optional<BatchLoop> serving(String model) {
        Serving now = serving;
        return now != null && now.answersTo(model) && now.loop().deadBecause() == null ? Optional.of(now.loop())
                : Optional.empty();
    }

    /** Why nothing can be served, in a sentence; empty when something can. */
    public Optional<String> notReadyBecause() {
        Serving now = serving;
        if (now == null) {
            return Optional.of(notReady);
        }
        return Optional.ofNullable(now.loop().deadBecause());
    }

    /**
     * Switches to another GGUF file; streams in flight finish on the old one. Returns when the new one answers.
     *
     * @throws EngineException when it can't be opened; what was served before still is
     */
    public synchronized ModelInfo use(Path model) throws EngineException {
        EngineSpec spec = Specs.of(configuration, model);
        EngineConnection connection;
        try {
            connection = open(spec);
        } catch (EngineException e) {
            notReady = e.getMessage();
            throw e;
        }
        Serving next = Serving.start(connection, type -> open(spec.with(type, connection.model().contextTokens())), configuration, model, threads, disk.store().orElse(null));
        open.removeIf(Serving::ended);
        open.add(next);
        if (ending) {
            next.loop().stop();
        }
        WarmUp.run(next.loop());
        Serving before = serving;
        serving = next;
        if (before != null) {
            before.loop().drain();
        }
        LOG.log(Level.INFO, "Serving {0}", next.loop().model());
        return next.loop().model();
    }

    private void requireOpen() throws EngineException {
        if (ending) {
            throw new EngineException(EngineException.Code.ENGINE_LOST, "the server stops and opens no engine");
        }
    }

    private EngineConnection open(EngineSpec spec) throws EngineException {
        requireOpen();
        try {
            return factory.getConnection(spec);
        } catch (ResourceException e) {
            throw Specs.engineException(e);
        }
    }

    /** Every call that waits or runs fails, every engine closes, none opens any more. Returns at once. */
    public void end() {
        ending = true;
        open.forEach(each -> each.loop().stop());
    }

    /** Loops whose calls have not all ended, or whose engine has not closed. */
    public int open() {
        return (int) open.stream().filter(each -> !each.ended()).count();
    }

    @PreDestroy
    void stop() {
        end();
        open.forEach(Serving::awaitEnd);
    }
}
