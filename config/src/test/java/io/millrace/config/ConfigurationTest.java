package io.millrace.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationTest {
    @TempDir
    Path dir;

    @Test
    void laterSourcesWin() throws IOException {
        Path file = file("http.port = 1\nengine.slots = 1\nlanes.p0 = 1\n");
        Map<String, String> env = Map.of("MILLRACE_HTTP_PORT", "2", "MILLRACE_ENGINE_SLOTS", "2");
        Configuration loaded = Configuration.load(Optional.of(file), env, system("millrace.http.port", "3"));

        assertEquals(3, loaded.http().port());
        assertEquals(2, loaded.engine().slots());
        assertEquals(1, loaded.lanes().capacities().getFirst());
        assertEquals(256, loaded.lanes().capacities().get(1));
    }

    @Test
    void shortNamesSetWhatPeopleSetMost() {
        Configuration loaded = Configuration.load(Optional.empty(), Map.of("MILLRACE_PORT", "81", "MILLRACE_DATA", "/d",
                "MILLRACE_MODEL", "/m.gguf", "MILLRACE_JAVA_OPTS", "-Xmx1g", "MILLRACE_CONFIG", "/c"), new Properties());

        assertEquals(81, loaded.http().port());
        assertEquals(Path.of("/d/natives"), loaded.engine().natives());
        assertEquals(Optional.of(Path.of("/m.gguf")), loaded.engine().model());
    }

    @Test
    void refusesAShortNameBesideTheLongOne() {
        assertEquals("MILLRACE_HTTP_PORT and MILLRACE_PORT both set http.port; keep one",
                refusal(null, Map.of("MILLRACE_PORT", "1", "MILLRACE_HTTP_PORT", "2"), new Properties()));
    }

    @Test
    void anEmptyVariableCountsAsNotSet() {
        assertEquals(8080, Configuration.load(Optional.empty(), Map.of("MILLRACE_PORT", ""), new Properties()).http().port());
    }

    @Test
    void aTypoStopsTheStartAndNamesTheNearestKey() throws IOException {
        Path file = file("http.prot = 1\n");
        assertEquals("Unknown key http.prot in " + file + ". Did you mean http.port?",
                refusal(file, Map.of(), new Properties()));
        assertEquals("Unknown environment variable MILLRACE_ENGINE_SLOT. Did you mean MILLRACE_ENGINE_SLOTS?",
                refusal(null, Map.of("MILLRACE_ENGINE_SLOT", "1"), new Properties()));
        assertEquals("Unknown system property millrace.audit.bach. Did you mean millrace.audit.batch?",
                refusal(null, Map.of(), system("millrace.audit.bach", "1")));
    }

    @Test
    void otherPeoplesVariablesAreLeftAlone() {
        Configuration.load(Optional.empty(), Map.of("PATH", "/bin", "MILLRACE", "x"), system("java.home", "/j"));
    }

    @Test
    void variablesOfKubernetesServicesAreNobodysSettings() {
        Map<String, String> links = Map.of("MILLRACE_SERVICE_HOST", "10.0.0.7", "MILLRACE_SERVICE_PORT", "8080",
                "MILLRACE_SERVICE_PORT_HTTP", "8080", "MILLRACE_PORT", "tcp://10.0.0.7:8080",
                "MILLRACE_PORT_8080_TCP", "tcp://10.0.0.7:8080", "MILLRACE_PORT_8080_TCP_PROTO", "tcp",
                "MILLRACE_PORT_8080_TCP_PORT", "8080", "MILLRACE_HTTP_PORT", "tcp://10.0.0.8:80",
                "MILLRACE_POSTGRES_SERVICE_HOST", "10.0.0.9");

        assertEquals(8080, Configuration.load(Optional.empty(), links, new Properties()).http().port());
    }

    @Test
    void aBadValueIsNamedWithItsKeySourceAndBounds() {
        assertEquals("http.port is \"99999\" (environment variable MILLRACE_PORT), expected a whole number from 0 to 65535",
                refusal(null, Map.of("MILLRACE_PORT", "99999"), new Properties()));
        assertEquals("http.max-body is \"4MB\" (system property millrace.http.max-body), expected a size such as 512B, "
                + "64KiB, 4MiB, 1GiB or 1TiB from 1KiB to 1GiB", refusal(null, Map.of(), system("millrace.http.max-body", "4MB")));
        assertEquals("engine.kv-type is \"q4\" (system property millrace.engine.kv-type), expected one of [f16, bf16, f32, q8_0]",
                refusal(null, Map.of(), system("millrace.engine.kv-type", "q4")));
        assertEquals("engine.unified-kv is \"yes\" (system property millrace.engine.unified-kv), expected true or false",
                refusal(null, Map.of(), system("millrace.engine.unified-kv", "yes")));
    }

    @Test
    void valuesThatDoNotFitEachOtherAreRefused() {
        assertEquals("engine.step-tokens is \"16\" (system property millrace.engine.step-tokens), "
                + "expected at least engine.slots and lanes.reserved, which are 34", refusal(null, Map.of(), system("millrace.engine.step-tokens", "16")));
    }

    @Test
    void aKeyThatStandsTwiceIsRefused() throws IOException {
        Path file = file("lanes.p0 = 1\nlanes.p0 = 2\n");
        assertEquals("lanes.p0 stands twice in " + file, refusal(file, Map.of(), new Properties()));
    }

    @Test
    void aNamedFileThatIsMissingStopsTheStart() {
        Path missing = dir.resolve("none.properties");
        assertTrue(refusal(missing, Map.of(), new Properties()).contains(missing.toString()));
    }

    @Test
    void findsTheFileThatIsNamedElseTheOneInTheDataDirectory() throws IOException {
        file("lanes.p0 = 7\n");
        Path other = Files.writeString(dir.resolve("other.properties"), "lanes.p0 = 8\n");
        Map<String, String> env = Map.of("MILLRACE_DATA", dir.toString());

        assertEquals(7, Configuration.load(env, new Properties()).lanes().capacities().getFirst());
        assertEquals(8, Configuration.load(env, system("millrace.config.file", other.toString())).lanes().capacities().getFirst());
        assertEquals(8, Configuration.load(Map.of("MILLRACE_CONFIG", other.toString()), new Properties())
                .lanes().capacities().getFirst());
    }

    @Test
    void secretsAreNeverShown() {
        Properties system = system("millrace.db.password", "hunter2hunter2");
        system.setProperty("millrace.operator.token", "0123456789abcdef");
        Configuration loaded = Configuration.load(Optional.empty(), Map.of(), system);

        assertEquals("hunter2hunter2", loaded.db().password().reveal());
        assertFalse(loaded.toString().contains("hunter2"), loaded.toString());
        assertFalse(loaded.toString().contains("0123456789abcdef"), loaded.toString());
        assertFalse(refusal(null, Map.of(), system("millrace.operator.token", "sesame")).contains("sesame"));
        assertFalse(refusal(null, Map.of(), system("millrace.db.url", "postgres://me:sesame@db/millrace")).contains("sesame"));
        assertFalse(refusal(null, Map.of(), system("millrace.db.url", "jdbc:postgresql:x?password=sesame")).contains("sesame"));
    }

    @Test
    void hubsAreWebAddresses() {
        Configuration mirrored = Configuration.load(Optional.empty(), Map.of("MILLRACE_MODEL_HUB_HF", "http://mirror.corp:8081/hf/"), new Properties());

        assertEquals("http://mirror.corp:8081/hf", mirrored.model().huggingFace().toString());
        for (String wrong : new String[] {"mirror.corp", "ftp://mirror.corp", "https://", "https://mirror.corp/?a=b", "https://a b"}) {
            assertTrue(refusal(null, Map.of(), system("millrace.model.hub.ms", wrong)).contains("begins with https:// or http://"), wrong);
        }
        assertFalse(refusal(null, Map.of(), system("millrace.model.hub.ms", "https://me:sesame@mirror.corp")).contains("sesame"));
    }

    @Test
    void aProxyIsAnAddressNoneOrNothingAndItsPasswordIsNotShown() {
        for (String right : new String[] {"", "none", "http://proxy.corp:3128", "http://me:sesame@proxy.corp:3128"}) {
            Configuration loaded = Configuration.load(Optional.empty(), Map.of(), system("millrace.model.proxy", right));
            assertEquals(right, loaded.model().proxy().reveal());
            assertFalse(loaded.toString().contains("sesame"));
        }
        for (String wrong : new String[] {"proxy.corp:3128", "http://me:sesame@proxy.corp", "socks5://me:sesame@proxy.corp:1080"}) {
            assertFalse(refusal(null, Map.of(), system("millrace.model.proxy", wrong)).contains("sesame"), wrong);
        }
    }

    private String refusal(Path file, Map<String, String> env, Properties system) {
        return assertThrows(ConfigurationException.class,
                () -> Configuration.load(Optional.ofNullable(file), env, system)).getMessage();
    }

    private Path file(String text) throws IOException {
        return Files.writeString(dir.resolve("millrace.properties"), text);
    }

    private static Properties system(String name, String text) {
        Properties system = new Properties();
        system.setProperty(name, text);
        return system;
    }
}
