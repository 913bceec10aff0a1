package io.millrace.connector.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.Sampling;
import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.HttpVersion;
import io.millrace.connector.remote.Prompt;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteEvent;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteSpec;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates come from the JDK's own {@code keytool}. */
@Timeout(60)
class SecureServerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String PASSWORD = "changeit";
    private static final RemoteCall CALL =
            new RemoteCall("m", new Prompt.Text("x"), Sampling.GREEDY, 0, List.of(), "", null, "", null, false);

    @TempDir
    static Path folder;

    @BeforeAll
    static void makeCertificates() throws Exception {
        certificate("ours", "san=dns:localhost");
        certificate("strange", "san=dns:localhost");
        certificate("misnamed", "san=dns:elsewhere.example");
    }

    @Test
    void trustsItsOwnAuthority() throws Exception {
        assertInstanceOf(RemoteEvent.Accepted.class, firstOf("ours", "ours"));
    }

    @Test
    void trustsNoStranger() {
        RemoteException failure = assertThrows(RemoteException.class, () -> firstOf("strange", "ours"));
        assertEquals(RemoteException.Code.CONNECT, failure.code());
        assertTrue(failure.getMessage().contains("certificate is not trusted"), failure.getMessage());
    }

    @Test
    void trustsNoCertificateOfAnotherHost() {
        RemoteException failure = assertThrows(RemoteException.class, () -> firstOf("misnamed", "misnamed"));
        assertEquals(RemoteException.Code.CONNECT, failure.code());
    }

    @Test
    void theJdksAuthoritiesCountWithoutOthers() {
        assertThrows(RemoteException.class, () -> firstOf("ours", null));
    }

    @Test
    void aHandshakeThatIsNotAnsweredEndsWithTheConnectTimeout() throws Exception {
        try (ServerSocket silent = new ServerSocket(0)) {
            Server client = new Server(spec(URI.create("https://localhost:" + silent.getLocalPort() + "/v1"), "ours", Duration.ofMillis(300)));
            try (HttpAnswer answer = client.send(CALL)) {
                RemoteException failure = assertThrows(RemoteException.class, () -> answer.next(PATIENCE));
                assertEquals(RemoteException.Code.CONNECT, failure.code());
            } finally {
                client.close();
            }
        }
    }

    @Test
    void saysWhichFileHoldsNoCertificates() throws Exception {
        Path empty = Files.writeString(folder.resolve("empty.pem"), "");
        for (Path wrong : List.of(empty, folder.resolve("missing.pem"), folder.resolve("ours.p12"))) {
            RemoteException failure = assertThrows(RemoteException.class, () -> Authorities.trusting(wrong));
            assertTrue(failure.getMessage().contains(wrong.toString()), failure.getMessage());
        }
    }

    private static RemoteEvent firstOf(String server, String trusted) throws Exception {
        try (RawServer raw = new RawServer((_, wire) -> wire.events().stop().end(), context(server))) {
            Server client = new Server(spec(raw.base(), trusted, Duration.ofSeconds(10)));
            try (HttpAnswer answer = client.send(CALL)) {
                return answer.next(PATIENCE);
            } finally {
                client.close();
            }
        }
    }

    private static RemoteSpec spec(URI base, String trusted, Duration connectTimeout) {
        return new RemoteSpec("s", base, Dialect.OPENAI, null, trusted == null ? null : folder.resolve(trusted + ".pem"), connectTimeout, HttpVersion.AUTO);
    }

    private static SSLContext context(String name) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private static void certificate(String name, String extension) throws Exception {
        keytool("-genkeypair", "-alias", "k", "-keyalg", "EC", "-dname", "CN=" + name, "-ext", extension, "-storepass", PASSWORD,
                "-keystore", folder.resolve(name + ".p12").toString());
        keytool("-exportcert", "-rfc", "-alias", "k", "-storepass", PASSWORD, "-keystore", folder.resolve(name + ".p12").toString(),
                "-file", folder.resolve(name + ".pem").toString());
    }

    private static void keytool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), said);
    }
}
