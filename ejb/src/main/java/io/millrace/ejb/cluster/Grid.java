package io.millrace.ejb.cluster;

import io.millrace.config.Configuration;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.infinispan.Cache;
import org.infinispan.configuration.cache.CacheMode;
import org.infinispan.configuration.cache.ConfigurationBuilder;
import org.infinispan.configuration.global.GlobalConfigurationBuilder;
import org.infinispan.configuration.global.ShutdownHookBehavior;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.manager.EmbeddedCacheManager;
import org.infinispan.remoting.transport.jgroups.AbstractJGroupsChannelConfigurator;
import org.infinispan.remoting.transport.jgroups.JGroupsTransport;
import org.jgroups.Address;
import org.jgroups.JChannel;
import org.jgroups.conf.ProtocolConfiguration;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.FD_SOCK2;
import org.jgroups.protocols.FRAG4;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.MFC;
import org.jgroups.protocols.SYM_ENCRYPT;
import org.jgroups.protocols.TCP;
import org.jgroups.protocols.TCPPING;
import org.jgroups.protocols.UFC;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.protocols.dns.DNS_PING;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.protocols.pbcast.STABLE;
import org.jgroups.stack.IpAddress;
import org.jgroups.stack.Protocol;

/**
 * Infinispan's cache manager and its channel. Thread-safe. Both start threads of their own, which end with {@link #close}.
 *
 * <p>A node whose process dies is missed as soon as its socket closes (FD_SOCK2) and it does not answer for
 * {@value #VERIFY_MS} ms; one whose machine vanishes after {@value #SILENT_MS} ms. Nodes that have lost each other each go
 * on, and meet again.
 */
final class Grid implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Grid.class.getName());
    private static final String NAME = "millrace";
    private static final long VERIFY_MS = 200;
    private static final long SILENT_MS = 8_000;
    private static final long JOIN_MS = 500;
    /** What nobody took away, such as an answer whose nodes all died but one that never heard of it again. */
    private static final int LIFE_MINUTES = 60;
    private static final long MOST_ENTRIES = 1_000_000;
    /** Authenticated; AES/GCM, which is too, fails in JGroups 5.4, as that hands the cipher another kind of parameters. */
    private static final String CIPHER = "ChaCha20-Poly1305";
    private static final int NONCE_BYTES = 12;
    private static final int KEY_BITS = 256;
    private static final int KEY_ROUNDS = 210_000;

    private final String self = NAME + "-" + UUID.randomUUID();
    private final DefaultCacheManager manager;

    /** Finds the addresses of a name, as {@link InetAddress#getAllByName}. */
    @FunctionalInterface
    interface Resolver {
        InetAddress[] addresses(String name) throws UnknownHostException;
    }

    Grid(Configuration.Cluster settings) {
        this(settings, InetAddress::getAllByName);
    }

    Grid(Configuration.Cluster settings, Resolver resolver) {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(DefaultCacheManager.class.getClassLoader());
        try {
            GlobalConfigurationBuilder global = new GlobalConfigurationBuilder();
            global.transport().defaultTransport().clusterName(NAME).nodeName(self)
                    .addProperty(JGroupsTransport.CHANNEL_CONFIGURATOR, new Stack(protocols(settings, resolver), self));
            global.jmx().disable().metrics().gauges(false).histograms(false);
            global.shutdown().hookBehavior(ShutdownHookBehavior.DONT_REGISTER);
            manager = new DefaultCacheManager(global.build());
            LOG.log(Level.INFO, "Node {0} at {1}:{2} of cluster {3}", new Object[] {self, settings.bind(),
                    Integer.toString(settings.port()), nodes()});
        } catch (Exception e) {
            throw new IllegalStateException("The cluster can't be joined at " + settings.bind() + ":" + settings.port() + ": " + e.getMessage(), e);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    /** Hands Infinispan the channel, which it would otherwise make itself, with multicast on every interface. */
    private static final class Stack extends AbstractJGroupsChannelConfigurator {
        private final Protocol[] protocols;
        private final String name;

        Stack(Protocol[] protocols, String name) {
            this.protocols = protocols;
            this.name = name;
        }

        @Override
        public String getName() {
            return NAME;
        }

        @Override
        public JChannel createChannel(String ignored) throws Exception {
            return amendChannel(new JChannel(protocols).setName(name));
        }

        @Override
        public String getProtocolStackString() {
            return NAME;
        }

        @Override
        public List<ProtocolConfiguration> getProtocolStack() {
            return List.of();
        }
    }

    private static Protocol[] protocols(Configuration.Cluster settings, Resolver resolver) throws UnknownHostException, GeneralSecurityException {
        InetAddress bind = InetAddress.getByName(settings.bind());
        TCP tcp = new TCP();
        tcp.setBindAddress(bind).setBindPort(settings.port()).setPortRange(0);
        tcp.disableDiagnostics();
        SYM_ENCRYPT encrypt = new SYM_ENCRYPT().setSecretKey(key(settings.secret().reveal()));
        encrypt.symIvLength(NONCE_BYTES);
        return new Protocol[] {tcp, discovery(settings, resolver), new MERGE3().setMinInterval(1_000).setMaxInterval(5_000),
            new FD_SOCK2().setBindAddress(bind).setPortRange(0), new FD_ALL3().setTimeout(SILENT_MS).setInterval(2_000),
            new VERIFY_SUSPECT2().setTimeout(VERIFY_MS), encrypt, new NAKACK2().useMcastXmit(false), new UNICAST3(), new STABLE(),
            new GMS().setJoinTimeout(JOIN_MS).printLocalAddress(false), new UFC(), new MFC(), new FRAG4()};
    }

    private static Protocol discovery(Configuration.Cluster settings, Resolver resolver) {
        if (settings.dns().isEmpty()) {
            List<InetSocketAddress> hosts = settings.hosts().stream().map(host -> new InetSocketAddress(host.name(), host.port())).toList();
            return new TCPPING().initialHosts(hosts).setPortRange(0);
        }
        return new DNS_PING().setDNSQuery(settings.dns()).setDNSResolver((name, _) -> addresses(name, resolver));
    }

    /** Of the nodes that have the name now; the port is the same for all. */
    private static List<Address> addresses(String name, Resolver resolver) {
        try {
            return Arrays.stream(resolver.addresses(name)).<Address>map(address -> new IpAddress(address, 0)).toList();
        } catch (UnknownHostException e) {
            LOG.log(Level.WARNING, "{0} has no address now, so no other node is met: {1}", new Object[] {name, e.getMessage()});
            return List.of();
        }
    }

    private static SecretKeySpec key(String secret) throws GeneralSecurityException {
        PBEKeySpec spec = new PBEKeySpec(secret.toCharArray(), NAME.getBytes(java.nio.charset.StandardCharsets.US_ASCII), KEY_ROUNDS, KEY_BITS);
        return new SecretKeySpec(SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded(), CIPHER);
    }

    String self() {
        return self;
    }

    Set<String> nodes() {
        return manager.getMembers().stream().map(Object::toString).collect(Collectors.toUnmodifiableSet());
    }

    EmbeddedCacheManager manager() {
        return manager;
    }

    Shelf shelf(String name) {
        ConfigurationBuilder cache = new ConfigurationBuilder();
        cache.clustering().cacheMode(CacheMode.REPL_SYNC).remoteTimeout(5, TimeUnit.SECONDS).stateTransfer().awaitInitialTransfer(true)
                .timeout(10, TimeUnit.SECONDS);
        cache.memory().maxCount(MOST_ENTRIES);
        cache.expiration().lifespan(LIFE_MINUTES, TimeUnit.MINUTES);
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(DefaultCacheManager.class.getClassLoader());
        try {
            manager.defineConfiguration(name, cache.build());
            return new Copy(manager.getCache(name));
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    /** This node's copy of a shelf. */
    private record Copy(Cache<String, byte[]> cache) implements Shelf {

        @Override
        public byte[] get(String key) {
            return cache.get(key);
        }

        @Override
        public CompletableFuture<?> put(String key, byte[] value) {
            return cache.putAsync(key, value);
        }

        @Override
        public boolean claim(String key, byte[] value) {
            return cache.putIfAbsent(key, value) == null;
        }

        @Override
        public void remove(String key) {
            cache.removeAsync(key);
        }

        @Override
        public Set<String> keys() {
            return Set.copyOf(cache.keySet());
        }
    }

    @Override
    public void close() {
        manager.stop();
    }
}
