package io.millrace.launcher.download;

import io.millrace.config.Secret;
import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which proxy an address is asked through: the configured one for all, or those of the environment, in the form that
 * curl understands. This machine itself is never asked through the environment's. Immutable.
 */
public final class Proxies extends ProxySelector {

    private static final int USUAL_PORT = 80;

    private final Optional<URI> forHttps;
    private final Optional<URI> forHttp;
    private final List<String> without;

    private Proxies(Optional<URI> forHttps, Optional<URI> forHttp, List<String> without) {
        this.forHttps = forHttps;
        this.forHttp = forHttp;
        this.without = without;
    }

    /** @param configured empty: the environment decides; {@code none}: no proxy; else its address */
    public static Proxies of(Secret configured, Map<String, String> environment) throws DownloadException {
        if (configured.reveal().equals("none")) {
            return new Proxies(Optional.empty(), Optional.empty(), List.of());
        }
        if (configured.isSet()) {
            Optional<URI> proxy = address("model.proxy", configured.reveal());
            return new Proxies(proxy, proxy, List.of());
        }
        String all = variable(environment, "all_proxy");
        String https = variable(environment, "https_proxy");
        String http = variable(environment, "http_proxy");
        List<String> without = Arrays.stream((variable(environment, "no_proxy") + ",localhost,127.0.0.1,[::1]").split("[,\\s]+"))
                .map(host -> host.toLowerCase(Locale.ROOT)).filter(host -> !host.isEmpty()).toList();
        return new Proxies(address("HTTPS_PROXY", https.isEmpty() ? all : https), address("HTTP_PROXY", http.isEmpty() ? all : http), without);
    }

    private static String variable(Map<String, String> environment, String name) {
        return environment.getOrDefault(name, environment.getOrDefault(name.toUpperCase(Locale.ROOT), "")).strip();
    }

    private static Optional<URI> address(String name, String text) throws DownloadException {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            URI proxy = URI.create(text.contains("://") ? text : "http://" + text);
            if (!"http".equals(proxy.getScheme()) || proxy.getHost() == null) {
                throw new DownloadException("The proxy that " + name + " names is none that can be used: it must be http://HOST:PORT.");
            }
            return Optional.of(proxy);
        } catch (IllegalArgumentException _) {
            throw new DownloadException("The proxy that " + name + " names is no address: it must be http://HOST:PORT.");
        }
    }

    @Override
    public List<Proxy> select(URI address) {
        Optional<URI> proxy = "https".equalsIgnoreCase(address.getScheme()) ? forHttps : forHttp;
        return proxy.filter(_ -> without.stream().noneMatch(entry -> covers(entry, address)))
                .map(uri -> new Proxy(Proxy.Type.HTTP, new InetSocketAddress(uri.getHost(), port(uri)))).map(List::of)
                .orElse(List.of(Proxy.NO_PROXY));
    }

    private static int port(URI proxy) {
        return proxy.getPort() < 0 ? USUAL_PORT : proxy.getPort();
    }

    /** {@code corp} and {@code .corp} cover corp and all below it; {@code host:port} only that port; {@code *} all. */
    private static boolean covers(String entry, URI address) {
        String host = address.getHost().toLowerCase(Locale.ROOT);
        if (entry.equals("*") || entry.equals(host) || entry.equals(host + ":" + address.getPort())) {
            return true;
        }
        String domain = entry.startsWith("*.") ? entry.substring(1) : entry.startsWith(".") ? entry : "." + entry;
        return host.endsWith(domain) || host.equals(domain.substring(1));
    }

    @Override
    public void connectFailed(URI address, SocketAddress proxy, IOException reason) {
        // the attempt itself fails and says so
    }

    /** Answers a proxy that asks for a password, where its address has one. */
    Optional<Authenticator> authenticator() {
        List<URI> withPassword = java.util.stream.Stream.of(forHttps, forHttp).flatMap(Optional::stream)
                .filter(proxy -> proxy.getRawUserInfo() != null).toList();
        if (withPassword.isEmpty()) {
            return Optional.empty();
        }
        // the JDK leaves passwords out of CONNECT unless it is told otherwise before its first connection
        System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
        return Optional.of(new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return getRequestorType() != RequestorType.PROXY ? null : withPassword.stream()
                        .filter(proxy -> proxy.getHost().equalsIgnoreCase(getRequestingHost()) && port(proxy) == getRequestingPort())
                        .findFirst().map(Proxies::password).orElse(null);
            }
        });
    }

    private static PasswordAuthentication password(URI proxy) {
        String[] parts = proxy.getRawUserInfo().split(":", 2);
        return new PasswordAuthentication(decoded(parts[0]), (parts.length > 1 ? decoded(parts[1]) : "").toCharArray());
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
