package io.millrace.launcher.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class FileNameTest {

    @Test
    void keepsOneHarmlessName() {
        assertEquals("m.gguf", FileName.harmless("/a/b/m.gguf", StandardCharsets.UTF_8));
        assertEquals("evil.gguf", FileName.harmless("..\\..\\evil", StandardCharsets.UTF_8));
        assertEquals("model.gguf", FileName.harmless("../..", StandardCharsets.UTF_8));
        assertEquals("hidden.gguf", FileName.harmless(".hidden.gguf", StandardCharsets.UTF_8));
        assertEquals("a_b_.gguf", FileName.harmless("a\u0000b\u202e.GGUF", StandardCharsets.UTF_8));
        assertEquals("模型.gguf", FileName.harmless("模型.gguf", StandardCharsets.UTF_8));
        assertEquals("_é.gguf".replace("é", "_"), FileName.harmless("模é.gguf", StandardCharsets.US_ASCII));
    }

    @Property
    void isAlwaysAPlainFileOfThatFolder(@ForAll String name) {
        String harmless = FileName.harmless(name, StandardCharsets.UTF_8);
        assertTrue(harmless.endsWith(".gguf") && harmless.length() > 5, harmless);
        assertFalse(harmless.startsWith(".") || harmless.contains("/") || harmless.contains("\\") || harmless.contains("\u0000"), harmless);
        assertTrue(harmless.getBytes(StandardCharsets.UTF_8).length <= 205, harmless);
    }

    @Test
    void readsContentDisposition() {
        assertEquals(Optional.of("a b.gguf"), FileName.in("attachment; filename=\"a b.gguf\""));
        assertEquals(Optional.of("a.gguf"), FileName.in("attachment; filename=a.gguf; size=3"));
        assertEquals(Optional.of("模型.gguf"), FileName.in("attachment; filename=\"x.gguf\"; filename*=UTF-8''%E6%A8%A1%E5%9E%8B.gguf"));
        assertEquals(Optional.of("x.gguf"), FileName.in("attachment; filename=\"x.gguf\"; filename*=UTF-8''%E6%zz"));
        assertEquals(Optional.empty(), FileName.in("inline"));
    }

    @Test
    void knowsPartsOfSeveral() {
        assertEquals(Optional.of("part 2 of 15"), FileName.oneOfSeveral("q4/big-00002-of-00015.gguf"));
        assertEquals(Optional.empty(), FileName.oneOfSeveral("small-00001-of-00001.gguf"));
        assertEquals(Optional.empty(), FileName.oneOfSeveral("m.gguf"));
    }
}
