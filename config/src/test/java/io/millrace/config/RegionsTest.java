package io.millrace.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class RegionsTest {

    @Test
    void eachRegionHasItsSettingsOrThoseOfAll() {
        Regions regions = load(Map.of("MILLRACE_REGIONS", "beijing-a, b,local", "MILLRACE_REGION_BEIJING_A_URL", "http://10.0.0.1:9001/v1/",
                "MILLRACE_REGION_B_KEY_FILE", "/run/key", "MILLRACE_REGION_B_URL", "https://b.example/v1"),
                "region.*.calls", "16", "region.b.calls", "8", "region.b.cost", "spot", "region.b.models", "chat=deepseek-v3, other");
        assertEquals(List.of("beijing-a", "b", "local"), regions.all().stream().map(Regions.Region::name).toList());
        Regions.Region a = regions.all().get(0);
        Regions.Region b = regions.all().get(1);
        assertEquals(Optional.of(URI.create("http://10.0.0.1:9001/v1")), a.url());
        assertEquals(16, a.calls());
        assertEquals(8, b.calls());
        assertEquals(Optional.of(Path.of("/run/key")), b.keyFile());
        assertEquals(Map.of("chat", "deepseek-v3", "other", "other"), b.models());
        assertEquals(Regions.Cost.SPOT, b.cost());
        assertTrue(regions.all().get(2).embedded());
    }

    @Test
    void whatIsWrongIsNamed() {
        assertMessage("regions is \"a\" (system property millrace.regions), expected to name [b], since settings of that region are there",
                "regions", "a", "region.a.url", "http://a/v1", "region.b.url", "http://b/v1");
        assertMessage("region.a.calls is \"0\" (system property millrace.region.a.calls), expected a whole number from 1 to 10000",
                "regions", "a", "region.a.url", "http://a/v1", "region.a.calls", "0");
        assertMessage("regions is \"a,b\" (system property millrace.regions), expected at most one region without an address of its own:"
                + " set region.NAME.url for the others", "regions", "a,b");
        assertMessage("Unknown system property millrace.region.a.ulr. Did you mean millrace.region.*.url?", "regions", "a", "region.a.ulr", "x");
        assertMessage("regions is \"a,a\" (system property millrace.regions), expected at most 64 different names of small letters, digits and"
                + " dashes, separated by commas", "regions", "a,a");
    }

    private static void assertMessage(String message, String... settings) {
        assertEquals(message, assertThrows(ConfigurationException.class, () -> load(Map.of(), settings)).getMessage());
    }

    private static Regions load(Map<String, String> env, String... settings) {
        Properties system = new Properties();
        for (int i = 0; i < settings.length; i += 2) {
            system.setProperty("millrace." + settings[i], settings[i + 1]);
        }
        return Configuration.load(Optional.empty(), env, system).regions();
    }
}
