package io.millrace.launcher.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SourceTest {

    private static final Hubs HUBS = Fetching.hubs(URI.create("https://hub.test"));

    private static Optional<Source> parse(String text) throws DownloadException {
        return Source.parse(text, HUBS);
    }

    @Test
    void filesOfThisMachineAreNone() throws Exception {
        for (String file : new String[] {"m.gguf", "/a/b/m.gguf", "./hf.gguf", "a b.gguf"}) {
            assertEquals(Optional.empty(), parse(file));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hf:", "hf:owner", "hf:owner/repo", "hf:owner/repo/", "hf:owner/../m.gguf", "hf:owner/repo/../../m.gguf", "ms:/a/b", "ms:a//b",
        "hf:a/b c/m.gguf", "ftp://host/m.gguf", "https:///m.gguf", "https://host/a b.gguf", "file:///etc/passwd"})
    void refusesWhatIsNoneOfTheForms(String text) {
        assertThrows(DownloadException.class, () -> parse(text));
    }

    @Test
    void encodesWhatAHubsFileIsCalled() throws Exception {
        assertEquals("https://hub.test/o/r/resolve/main/a%20%26%3F%23%25/%E6%A8%A1.gguf", parse("hf:o/r/a &?#%/模.gguf").orElseThrow().address().toString());
    }

    @Test
    void showsNeitherPasswordsNorSignatures() throws Exception {
        Source source = parse("https://me:hunter2@host.test:8443/a/m.gguf?X-Signature=hunter3#top").orElseThrow();
        assertEquals("https://host.test:8443/a/m.gguf", source.toString());
        assertEquals("https://host.test:8443/a/m.gguf?X-Signature=hunter3", source.address().toString());
        assertEquals("***", source.authorization().toString());
        String refused = assertThrows(DownloadException.class, () -> parse("https://me:hunter2@/m.gguf")).getMessage();
        assertTrue(!refused.contains("hunter2"), refused);
    }

    @Test
    void doesNotFollowFromHttpsToHttpUnlessAllowed() throws Exception {
        Source source = parse("https://host.test/m.gguf").orElseThrow();
        String refused = assertThrows(DownloadException.class, () -> Web.next(source, source.address(), "http://host.test/m.gguf", false)).getMessage();
        assertTrue(refused.contains("from https to http://host.test/m.gguf") && refused.contains("--allow-http"), refused);
        assertEquals(URI.create("http://host.test/m.gguf"), Web.next(source, source.address(), "http://host.test/m.gguf", true));
        assertEquals(URI.create("https://host.test/b.gguf"), Web.next(source, source.address(), "/b.gguf", false));
    }
}
