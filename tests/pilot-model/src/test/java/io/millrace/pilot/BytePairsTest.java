package io.millrace.pilot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.llama.RawLogits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.Example;

/** The vocabulary cuts text as llama.cpp does with the same file, and no text is lost in it. */
class BytePairsTest {

    private static final int TALKS = 20_000;

    private static RawLogits llama;
    private static BytePairs ours;

    @BeforeContainer
    static void open() throws IOException, EngineException {
        llama = new RawLogits(TrainedModel.spec(TrainedModel.FILE, KvType.F16));
        ours = TrainedModel.vocabulary();
    }

    @AfterContainer
    static void close() {
        llama.close();
    }

    @Example
    void cutsTheCorpusAsLlamaDoes() {
        List<String> texts = new ArrayList<>();
        Talks talks = new Talks(Lessons.corpora(), 11);
        for (int i = 0; i < TALKS; i++) {
            talks.next().turns().forEach(turn -> texts.add(turn.question()));
        }
        Lessons.corpora().forEach(corpus -> corpus.facts().forEach(fact -> texts.add(fact.answer())));
        Question.heldOut().forEach(question -> texts.addAll(question.turns()));
        for (String text : texts) {
            assertArrayEquals(llama.tokenizer().encode(text, false, false), ours.encode(text), text);
        }
    }

    @Example
    void writesChatsAsLlamaDoes() throws EngineException {
        String chat = llama.tokenizer().chat(List.of(new Tokenizer.Turn("system", "Be brief."),
                new Tokenizer.Turn("user", "你好")), true);
        assertEquals("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n你好<|im_end|>\n"
                + "<|im_start|>assistant\n", chat);
        int[] tokens = llama.tokenizer().encode(chat, true, true);
        assertEquals(ours.marker("<|im_start|>"), tokens[0]);
        assertTrue(llama.tokenizer().endsGeneration(ours.marker("<|im_end|>")));
    }

    @Property(tries = 2000)
    void bringsAnyTextBack(@ForAll("texts") String text) {
        assertEquals(text, ours.decode(ours.encode(text)));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int token : llama.tokenizer().encode(text, false, false)) {
            bytes.writeBytes(llama.tokenizer().bytes(token));
        }
        assertEquals(text, bytes.toString(StandardCharsets.UTF_8));
    }

    /** Every character that UTF-8 can write, those of the corpus's scripts more often. */
    @Provide
    Arbitrary<String> texts() {
        Arbitrary<Integer> any = Arbitraries.integers().between(1, Character.MAX_CODE_POINT)
                .filter(point -> point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE);
        Arbitrary<Integer> usual = Arbitraries.oneOf(Arbitraries.integers().between(32, 126),
                Arbitraries.integers().between(0x4E00, 0x9FFF), Arbitraries.of(9, 10, 13, 0x3000, 0x1F600));
        return Arbitraries.oneOf(any, usual, usual).list().ofMaxSize(60).map(points -> {
            StringBuilder text = new StringBuilder();
            points.forEach(text::appendCodePoint);
            return text.toString();
        });
    }
}
