package io.millrace.ejb.context;

import io.millrace.config.Configuration;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.ejb.cluster.Cluster;
import io.millrace.ejb.kv.ConversationGone;
import io.millrace.ejb.tier.ChestRoom;
import io.millrace.ejb.vault.Vault;
import io.millrace.persistence.archive.Archive;
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
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Every tenant's conversations: the shell of {@link Keeper}, with the tiers and the timer that moves between them. Thread-safe;
 * every method may block on a disk, the database, or whoever has the conversation at that moment.
 */
@Singleton
@Startup
@DependsOn("Cluster")
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionManagement(TransactionManagementType.BEAN)
public class Conversations {

    private static final Duration SWEEP_PAPERS = Duration.ofHours(1);

    @Inject
    private Configuration configuration;
    @Inject
    private Cluster cluster;
    @Inject
    private Vault vault;
    @Inject
    private Archive archive;
    @Inject
    private Event<ConversationGone> forgotten;
    @Resource
    private ManagedScheduledExecutorService timer;
    private ChestRoom room;
    private Keeper keeper;
    private Mover mover;
    private Papers papers;
    private List<ScheduledFuture<?>> sweeping;

    @PostConstruct
    void start() {
        io.millrace.config.Conversations settings = configuration.conversations();
        Path folder = configuration.data().dir().resolve("conversations");
        room = cluster.on() ? ChestRoom.shared(folder, cluster.manager()) : ChestRoom.alone(folder);
        Leases.Others others = cluster.on() ? new Leases.Others(cluster.shelf("conversations taken"), cluster.self(), cluster::nodes) : null;
        Wrapping wrapping = new Sealed(vault);
        Shelves shelves = new Shelves(room.onDisk("turns"), wrapping);
        Tiers tiers = new Tiers(room.inMemory("recent", settings.memory().bytes()), shelves, archive, wrapping, settings.recentTurns(),
                System::currentTimeMillis);
        Templates templates = new Templates(settings.texts().recoveryEnglish(), settings.texts().recoveryChinese(),
                settings.texts().digestEnglish(), settings.texts().digestChinese());
        Leases leases = new Leases(others);
        keeper = new Keeper(tiers, leases, templates, configuration.lanes().deadline(), System::currentTimeMillis,
                name -> forgotten.fire(new ConversationGone(name)));
        mover = new Mover(keeper, shelves, archive, settings, System::currentTimeMillis);
        papers = new Papers(room.onDisk("responses"), wrapping, keeper, leases, settings.keepResponses(), configuration.lanes().deadline(),
                System::currentTimeMillis);
        sweeping = List.of(every(settings.sweep(), mover::sweep), every(SWEEP_PAPERS, papers::sweep));
    }

    private ScheduledFuture<?> every(Duration pause, Runnable work) {
        return timer.scheduleWithFixedDelay(work, pause.toMillis(), pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** See {@link Keeper#begin}. */
    public Session begin(String tenant, ConversationAsk ask, List<Tokenizer.Turn> sent) throws ContextException, InterruptedException {
        return keeper.begin(tenant, ask, sent);
    }

    /** Keeps the turn on a thread of its own and gives the conversation back; done when that is so. */
    public CompletableFuture<Void> keep(Session session, String answer) {
        return ContextThreads.run(() -> session.keep(answer)).whenComplete((_, _) -> session.close());
    }

    /** Does something for a conversation on a thread of its own. */
    public CompletableFuture<Void> aside(Callable<CompletableFuture<?>> work) {
        return ContextThreads.run(work);
    }

    /** See {@link Keeper#create}. */
    public Conversation create(String tenant, Map<String, String> metadata, List<Item> items) {
        return keeper.create(tenant, metadata, items);
    }

    /** See {@link Keeper#get}. */
    public Optional<Conversation> get(String tenant, String id) throws ContextException, InterruptedException {
        return keeper.get(tenant, id);
    }

    /** See {@link Keeper#items}. */
    public List<Item> items(String tenant, String id) throws ContextException, InterruptedException {
        return keeper.items(tenant, id);
    }

    /** Replaces the metadata. */
    public Conversation describe(String tenant, String id, Map<String, String> metadata) throws ContextException, InterruptedException {
        return keeper.describe(tenant, id, metadata);
    }

    /** See {@link Keeper#add}. */
    public void add(String tenant, String id, List<Item> items) throws ContextException, InterruptedException {
        keeper.add(tenant, id, items);
    }

    /** See {@link Keeper#remove}. */
    public Conversation remove(String tenant, String id, String itemId) throws ContextException, InterruptedException {
        return keeper.remove(tenant, id, itemId);
    }

    /** See {@link Keeper#unsummarised}. */
    public Optional<Unsummarised> unsummarised(String tenant, String id) throws InterruptedException {
        return keeper.unsummarised(tenant, id);
    }

    /** See {@link Keeper#summarise}. */
    public boolean summarise(Unsummarised told, int turns, String text) throws InterruptedException {
        return keeper.summarise(told, turns, text);
    }

    /** See {@link Keeper#delete}; its responses go too. */
    public boolean delete(String tenant, String id) throws ContextException, InterruptedException {
        boolean there = keeper.delete(tenant, id);
        papers.deleteOf(tenant, id);
        return there;
    }

    /** See {@link Keeper#before}. */
    public List<Item> before(String tenant, String id, String itemId) throws ContextException, InterruptedException {
        return keeper.before(tenant, id, itemId);
    }

    /** See {@link Papers#announce}; on a thread of its own, done when it is noted. */
    public CompletableFuture<Void> announceResponse(String tenant, String conversation, String response) {
        return ContextThreads.run(() -> {
            papers.announce(tenant, conversation, response);
            return CompletableFuture.completedFuture(null);
        });
    }

    /** See {@link Papers#keep}. */
    public void keepResponse(String tenant, Paper response) throws ContextException, InterruptedException {
        papers.keep(tenant, response);
    }

    /** See {@link Papers#get}. */
    public Optional<Paper> response(String tenant, String id) {
        return papers.get(tenant, id);
    }

    /** See {@link Papers#delete}. */
    public boolean deleteResponse(String tenant, String id) throws ContextException, InterruptedException {
        return papers.delete(tenant, id);
    }

    @PreDestroy
    void stop() {
        sweeping.forEach(each -> each.cancel(true));
        room.close();
    }
}
