package io.millrace.connector.llama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.engine.Tokenizer.Turn;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import net.jqwik.api.lifecycle.AfterContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VocabularyTest {

    private static final Map<String, LlamaEngine> OPEN = new ConcurrentHashMap<>();

    private static Tokenizer tokenizer(String shape) {
        return OPEN.computeIfAbsent(shape, name -> {
            try {
                return Engines.open(name);
            } catch (EngineException e) {
                throw new IllegalStateException(e);
            }
        }).tokenizer();
    }

    @AfterAll @AfterContainer static void close() {
        OPEN.values().forEach(LlamaEngine::close);
        OPEN.clear();
    }

    private static String text(Tokenizer tokenizer, int[] tokens) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int token : tokens) {
            byte[] piece = tokenizer.bytes(token);
            assertTrue(piece.length <= tokenizer.longestTokenBytes());
            bytes.writeBytes(piece);
        }
        return bytes.toString(UTF_8);
    }

    private static String wellFormed(String text) {
        StringBuilder result = new StringBuilder();
        text.codePoints().forEach(c -> result.appendCodePoint(c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c));
        return result.toString();
    }

    @Property(tries = 300) void anyTextComesBackFromItsTokens(@ForAll @StringLength(max = 400) String text) {
        for (String shape : List.of("qwen2-tiny", "deepseek2-tiny")) {
            Tokenizer tokenizer = tokenizer(shape);
            assertEquals(wellFormed(text), text(tokenizer, tokenizer.encode(text, false, false)), shape);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n\n\n",
        "Grüße, 世界! 😀👩‍👩‍👧‍👦 مرحبا", "a\0b\0", "\uD800", "x\uDC00y", "  two  spaces  ",
        "<|im_end|>", "\t\r\n", "𝕳𝖊𝖑𝖑𝖔"})
    void hardTextsComeBackFromEveryVocabulary(String text) {
        for (String shape : List.of("llama-tiny", "qwen2-tiny", "qwen3-tiny", "deepseek2-tiny")) {
            Tokenizer tokenizer = tokenizer(shape);
            assertEquals(wellFormed(text), text(tokenizer, tokenizer.encode(text, false, false)), shape);
        }
    }

    @Test void readsMarkersAsTokensOnlyWhenAskedTo() {
        Tokenizer tokenizer = tokenizer("qwen2-tiny");
        assertEquals(1, tokenizer.encode("<|im_end|>", false, true).length);
        assertTrue(tokenizer.encode("<|im_end|>", false, false).length > 1);
        int end = tokenizer.encode("<|im_end|>", false, true)[0];
        assertTrue(tokenizer.endsGeneration(end));
        assertEquals(0, tokenizer.bytes(end).length);
        assertFalse(tokenizer.endsGeneration(tokenizer.encode("a", false, false)[0]));
    }

    @Test void putsTheBeginMarkerInFrontWhereTheModelWantsOne() {
        assertEquals(2, tokenizer("llama-tiny").encode("a", true, false).length);
        assertEquals(1, tokenizer("llama-tiny").encode("a", false, false).length);
        assertEquals(1, tokenizer("qwen2-tiny").encode("a", true, false).length);
    }

    @Test void mergesFrequentWordsIntoOneToken() {
        assertEquals(2, tokenizer("qwen2-tiny").encode(" the people", false, false).length);
    }

    @Test void rendersTheChatTemplateOfTheFile() throws EngineException {
        List<Turn> turns = List.of(new Turn("system", "Be brief."), new Turn("user", "Hi 世界"));
        String begun = "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi 世界<|im_end|>\n";
        assertEquals(begun + "<|im_start|>assistant\n", tokenizer("qwen2-tiny").chat(turns, true));
        assertEquals(begun, tokenizer("qwen2-tiny").chat(turns, false));
    }

    @Test void nulAndPrivateUseCharactersSurviveTheTemplate() throws EngineException {
        String content = "a\0b\uE000c\0";
        assertEquals("<|im_start|>user\n" + content + "<|im_end|>\n",
                tokenizer("qwen2-tiny").chat(List.of(new Turn("user", content)), false));
    }

    @Test void rendersChatsThatAreLongerThanExpected() throws EngineException {
        List<Turn> turns = java.util.Collections.nCopies(500, new Turn("user", ""));
        assertEquals("<|im_start|>user\n<|im_end|>\n".repeat(500), tokenizer("qwen2-tiny").chat(turns, false));
        assertEquals("", tokenizer("qwen2-tiny").chat(List.of(), false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "!", " ", "世", "😀", "\n", "é"})
    void longRunsOfOneKindDontOverflowTheStack(String character) throws InterruptedException {
        Tokenizer tokenizer = tokenizer("deepseek2-tiny");
        String text = character.repeat(50_000);
        StringBuilder back = new StringBuilder();
        Thread small = new Thread(null, () -> back.append(text(tokenizer, tokenizer.encode(text, false, true))),
                "small stack", 512 << 10);
        small.start();
        small.join();
        assertEquals(text, back.toString());
    }

    @Test void cuttingALongTextNeverCutsAMarker() {
        Tokenizer tokenizer = tokenizer("deepseek2-tiny");
        int marker = tokenizer.encode("<|im_end|>", false, true)[0];
        for (int before = 240; before < 270; before++) {
            String text = "x".repeat(before) + "<|im_end|>" + "世".repeat(300);
            assertEquals(1, java.util.Arrays.stream(tokenizer.encode(text, false, true))
                    .filter(token -> token == marker).count(), "after " + before);
        }
    }

    @Test void cuttingBetweenWordsLeavesTheTokensAsTheyAre() {
        Tokenizer cutting = tokenizer("deepseek2-tiny");
        String sentence = "The people said no, and now they would like to go down: 1234 times! ";
        int[] once = cutting.encode(sentence, false, false);
        int[] often = cutting.encode(sentence.repeat(100), false, false);
        int[] second = java.util.Arrays.copyOfRange(often, once.length, 2 * once.length);
        for (int i = 2; i < 99; i++) {
            assertArrayEquals(second,
                    java.util.Arrays.copyOfRange(often, i * once.length, (i + 1) * once.length), "sentence " + i);
        }
    }

    @Test void refusesTokensOutsideTheVocabulary() {
        Tokenizer tokenizer = tokenizer("qwen2-tiny");
        assertThrows(IllegalArgumentException.class, () -> tokenizer.bytes(512));
        assertThrows(IllegalArgumentException.class, () -> tokenizer.bytes(-1));
        assertThrows(IllegalArgumentException.class, () -> tokenizer.endsGeneration(Integer.MAX_VALUE));
    }

    @Test void saysThatItIsClosedAfterTheEngineWasClosed() throws EngineException {
        Tokenizer tokenizer;
        try (LlamaEngine engine = Engines.open("qwen2-tiny")) {
            tokenizer = engine.tokenizer();
        }
        assertThrows(IllegalStateException.class, () -> tokenizer.encode("a", false, false));
        assertThrows(IllegalStateException.class, () -> tokenizer.bytes(1));
        assertThrows(IllegalStateException.class, () -> tokenizer.chat(List.of(), true));
    }

    @Test void closingWhileOthersEncodeIsSafe() throws Exception {
        for (int round = 0; round < 20; round++) {
            LlamaEngine engine = Engines.open("deepseek2-tiny");
            Tokenizer tokenizer = engine.tokenizer();
            List<Thread> threads = new java.util.ArrayList<>();
            for (int i = 0; i < 3; i++) {
                threads.add(Thread.ofVirtual().start(() -> {
                    try {
                        while (true) {
                            tokenizer.encode("some text that takes a little while, 世界 ".repeat(20), false, true);
                        }
                    } catch (IllegalStateException _) {
                        // closed, as it should be
                    }
                }));
            }
            Thread.sleep(10);
            engine.close();
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }
}
