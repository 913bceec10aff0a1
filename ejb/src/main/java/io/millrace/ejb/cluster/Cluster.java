package io.millrace.ejb.cluster;

import io.millrace.config.Configuration;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.inject.Inject;
import java.util.Set;
import org.infinispan.manager.EmbeddedCacheManager;

/** The nodes that share their memory, this one among them. Thread-safe. A bean that shares something depends on it. */
@Singleton
@Startup
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionManagement(TransactionManagementType.BEAN)
public class Cluster {

    @Inject
    private Configuration configuration;
    /** Null: this node is alone, and no class of Infinispan is loaded. */
    private Grid grid;

    @PostConstruct
    void start() {
        Configuration.Cluster settings = configuration.cluster();
        if (settings.on()) {
            grid = new Grid(settings);
        }
    }

    /** Whether there may be others. */
    public boolean on() {
        return grid != null;
    }

    /** This node's name, another one after each start. */
    public String self() {
        return grid.self();
    }

    /** The nodes that are there, this one among them; one that died is missing as soon as that was noticed. */
    public Set<String> nodes() {
        return grid.nodes();
    }

    /** A map that all nodes share. Only where this is {@link #on}. */
    public Shelf shelf(String name) {
        return grid.shelf(name);
    }

    /** What caches of one's own are made with. Only where this is {@link #on}. */
    public EmbeddedCacheManager manager() {
        return grid.manager();
    }

    @PreDestroy
    void stop() {
        if (grid != null) {
            grid.close();
        }
    }
}
