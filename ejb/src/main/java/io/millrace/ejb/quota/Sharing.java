package io.millrace.ejb.quota;

import io.millrace.ejb.cluster.Cluster;
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
import jakarta.inject.Inject;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Has the quotas of this node tell those of others what they let through, every {@value #EVERY_MS} ms. Does nothing on a node that is alone. */
@Singleton
@Startup
@DependsOn("Cluster")
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionManagement(TransactionManagementType.BEAN)
public class Sharing {

    private static final Logger LOG = Logger.getLogger(Sharing.class.getName());
    private static final long EVERY_MS = 50;

    @Inject
    private Cluster cluster;
    @Inject
    private Quotas quotas;
    @Resource
    private ManagedScheduledExecutorService timer;
    private ScheduledFuture<?> telling;

    @PostConstruct
    void start() {
        if (cluster.on()) {
            quotas.share(new Peers(cluster.shelf("quotas"), cluster.self(), cluster::nodes));
            telling = timer.scheduleWithFixedDelay(this::tell, EVERY_MS, EVERY_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void tell() {
        try {
            quotas.tell();
        } catch (RuntimeException e) {
            LOG.log(Level.SEVERE, "Telling other nodes what keys used failed", e);
        }
    }

    @PreDestroy
    void stop() {
        if (telling != null) {
            telling.cancel(false);
        }
    }
}
