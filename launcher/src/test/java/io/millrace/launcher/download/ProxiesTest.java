package io.millrace.launcher.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Secret;
import io.millrace.launcher.download.FaultyServer.Answer;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProxiesTest {

    private static String chosen(String configured, Map<String, String> environment, String address) throws DownloadException {
        Proxy proxy = Proxies.of(new Secret(configured), environment).select(URI.create(address)).getFirst();
        return proxy.address() instanceof InetSocketAddress at ? at.getHostString() + ":" + at.getPort() : "none";
    }

    @Test
    void theSettingComesBeforeTheEnvironment() throws Exception {
        Map<String, String> environment = Map.of("HTTPS_PROXY", "http://env:1", "HTTP_PROXY", "env2:2", "NO_PROXY", "*");
        assertEquals("own:3", chosen("http://own:3", environment, "https://hub.test/"));
        assertEquals("none", chosen("none", Map.of("HTTPS_PROXY", "http://env:1"), "https://hub.test/"));
    }

    @Test
    void theEnvironmentNamesOneForEachSchemeAndExceptions() throws Exception {
        Map<String, String> environment = Map.of("https_proxy", "http://env:1", "HTTP_PROXY", "env2:2", "NO_PROXY", "corp.test, .inner.test,*.deep.test,10.0.0.7,only.test:8443");
        assertEquals("env:1", chosen("", environment, "https://hub.test/"));
        assertEquals("env2:2", chosen("", environment, "http://hub.test/"));
        for (String inside : new String[] {"https://corp.test/", "https://a.corp.test/", "https://a.inner.test/", "https://x.deep.test/", "http://10.0.0.7/",
            "https://only.test:8443/", "http://localhost:8080/", "http://127.0.0.1:1/"}) {
            assertEquals("none", chosen("", environment, inside), inside);
        }
        for (String outside : new String[] {"https://notcorp.test/", "https://only.test/", "https://10.0.0.70/"}) {
            assertEquals("env:1", chosen("", environment, outside), outside);
        }
        assertEquals("all:9", chosen("", Map.of("ALL_PROXY", "http://all:9"), "https://hub.test/"));
        assertEquals("none", chosen("", Map.of(), "https://hub.test/"));
    }

    @Test
    void refusesAProxyThatIsNoneWithoutShowingItsPassword() {
        for (String wrong : new String[] {"socks5://me:sesame@proxy:1", "http://", "http://me:sesame@a b"}) {
            String message = assertThrows(DownloadException.class, () -> Proxies.of(new Secret(""), Map.of("HTTPS_PROXY", wrong))).getMessage();
            assertTrue(message.contains("HTTPS_PROXY") && !message.contains("sesame"), message);
        }
    }

    /** A proxy is asked for whole addresses; it knows names that we don't, and asks for its own password. */
    @Test
    void fetchesThroughAProxyThatWantsAPassword(@TempDir Path folder) throws Exception {
        byte[] model = new Fetching(folder).model();
        try (FaultyServer proxy = new FaultyServer(request -> request.header("proxy-authorization").isEmpty()
                ? Answer.of(407, Map.of("Proxy-Authenticate", "Basic realm=\"p\"", "Content-Length", "0"), new byte[0])
                : Answer.file(request, model, "\"1\""))) {
            URI address = proxy.at("");
            Proxies proxies = Proxies.of(new Secret("http://me:sesame@127.0.0.1:" + address.getPort()), Map.of());
            Source source = Source.parse("http://hub.invalid/m.gguf", Fetching.hubs(address)).orElseThrow();
            Watcher nobody = new Watcher() {
                @Override
                public void tell(String sentence) { }

                @Override
                public void at(long bytes, long total) { }
            };
            Limits limits = new Limits(Duration.ofSeconds(5), 1, Duration.ofMillis(1), () -> Long.MAX_VALUE, 0);
            try (Download download = new Download(source, proxies, limits, false, nobody)) {
                download.to(folder.resolve("m.gguf"), Optional.empty());
            }
            assertEquals("http://hub.invalid/m.gguf", proxy.requests().getLast().target());
            assertEquals("Basic bWU6c2VzYW1l", proxy.requests().getLast().header("proxy-authorization"));
        }
    }
}
