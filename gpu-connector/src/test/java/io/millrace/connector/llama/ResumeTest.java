package io.millrace.connector.llama;

import static io.millrace.connector.llama.Player.decodeWork;
import static io.millrace.connector.llama.Player.prefillWork;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.EngineSpec.Toggle;
import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.engine.Tokenizer.Turn;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Answers that are interrupted go on with the text that they would have had. */
class ResumeTest {

    private static final int ANSWER = 40;
    private static final int BREAKS = 30;
    private static final SlotId ONE = new SlotId(1);
    private static final SlotId TWO = new SlotId(2);
    private static final Path PILOT =
            Path.of(System.getProperty("millrace.root"), "models", "millrace-pilot.gguf");

    private static final String JSON = """
            root   ::= "{" ws pair ("," ws pair)* "}"
            pair   ::= string ":" ws value
            value  ::= string | number | "{" ws pair ("," ws pair)* "}" | "[" (value ("," ws value)*)? "]"
            string ::= "\\"" [^"\\\\\\x00-\\x1F]* "\\""
            number ::= "-"? ("0" | [1-9] [0-9]{0,8}) ("." [0-9]{1,8})?
            ws     ::= " "?
            """;

    private static LlamaEngine pilot;
    private static LlamaEngine precise;

    /** How tokens are chosen. */
    enum How {
        LIKELIEST(0, 0, 1, 1, null),
        DRAWN(0.8f, 0, 1, 1, null),
        DRAWN_FROM_TOP(0.8f, 40, 0.95f, 1, null),
        DRAWN_WITH_PENALTY(0.8f, 0, 0.9f, 1.3f, null),
        LIKELIEST_JSON(0, 0, 1, 1, JSON),
        DRAWN_JSON(0.8f, 0, 1, 1, JSON);

        private final float temperature;
        private final int topK;
        private final float topP;
        private final float penalty;
        private final String grammar;

        How(float temperature, int topK, float topP, float penalty, String grammar) {
            this.temperature = temperature;
            this.topK = topK;
            this.topP = topP;
            this.penalty = penalty;
            this.grammar = grammar;
        }

        Sampling sampling(long seed) {
            return new Sampling(temperature, topK, topP, 0, penalty, 0, 0, seed, Map.of(), grammar, -1);
        }
    }

    private static synchronized Player pilot() throws EngineException {
        pilot = pilot == null ? open(PILOT, KvType.F16, Toggle.AUTO) : pilot;
        return new Player(pilot);
    }

    /** Without the coarse rounding that lets a recomputed prompt differ visibly from one that was decoded. */
    private static synchronized Player precise() throws EngineException {
        precise = precise == null ? open(Engines.model("qwen2-tiny", "F32"), KvType.F32, Toggle.OFF) : precise;
        return new Player(precise);
    }

    private static LlamaEngine open(Path model, KvType kv, Toggle flash) throws EngineException {
        return LlamaEngine.open(Engines.spec(model, 1024, 4, 256, true, kv, flash));
    }

    @AfterAll static synchronized void close() {
        for (LlamaEngine engine : new LlamaEngine[] {pilot, precise}) {
            if (engine != null) {
                engine.close();
            }
        }
    }

    private static int[] question(Player player) throws EngineException {
        var tokenizer = player.engine().tokenizer();
        return tokenizer.encode(tokenizer.chat(List.of(new Turn("user", "What is Millrace?")), true), true, true);
    }

    private static int[] concat(int[] first, int[] second) {
        return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
    }

    /** An answer as it is alone, and where it is broken off. */
    private record Broken(Player player, int[] prompt, Sampling sampling, int[] all, int at) {

        static Broken of(Player player, How how, int round) throws EngineException {
            int[] prompt = question(player);
            Sampling sampling = how.sampling(round);
            int at = 1 + new Random(round).nextInt(ANSWER - 1);
            return new Broken(player, prompt, sampling, player.generate(0, sampling, prompt, ANSWER), at);
        }

        int[] said() {
            return Arrays.copyOf(all, at);
        }

        int[] rest() {
            return Arrays.copyOfRange(all, at, ANSWER);
        }

        SlotWork.Open open() {
            return new SlotWork.Open(ONE, sampling, said());
        }

        SlotWork.Decode last() {
            return decodeWork(1, all[at - 1]);
        }

        /** Does the work, which samples, then decodes the rest. */
        int[] goOn(SlotWork... work) throws EngineException {
            int[] rest = player.follow(1, Player.token(player.step(work)), ANSWER - at);
            player.release(1);
            return rest;
        }
    }

    @ParameterizedTest @EnumSource void goesOnAfterItsTokensWereComputedAgain(How how) throws EngineException {
        for (int round = 0; round < BREAKS; round++) {
            Broken broken = Broken.of(precise(), how, round);
            assertArrayEquals(broken.rest(), broken.goOn(broken.open(),
                    prefillWork(1, true, concat(broken.prompt, broken.said()))), "round " + round);
        }
    }

    /** The numbers of a model as it is served round so coarsely that now and then a near tie falls the other way. */
    @ParameterizedTest @EnumSource void goesOnWithTheServedModelButForRounding(How how) throws EngineException {
        int same = 0;
        for (int round = 0; round < BREAKS; round++) {
            Broken broken = Broken.of(pilot(), how, round);
            same += Arrays.equals(broken.rest(), broken.goOn(broken.open(),
                    prefillWork(1, true, concat(broken.prompt, broken.said())))) ? 1 : 0;
        }
        assertTrue(same >= BREAKS - 2, same + " of " + BREAKS);
    }

    @ParameterizedTest @EnumSource void goesOnFromItsSavedState(How how) throws EngineException {
        for (int round = 0; round < BREAKS; round++) {
            Broken broken = Broken.of(pilot(), how, round);
            Player player = broken.player;
            player.open(2, broken.sampling);
            player.follow(2, player.prefill(2, broken.prompt), broken.at);
            KvSnapshot saved = player.save(2);
            player.release(2);
            assertArrayEquals(broken.rest(), broken.goOn(broken.open(), new SlotWork.Restore(ONE, saved),
                    broken.last()), "round " + round);
            saved.close();
        }
    }

    @ParameterizedTest @EnumSource void goesOnFromAFork(How how) throws EngineException {
        for (int round = 0; round < BREAKS; round++) {
            Broken broken = Broken.of(precise(), how, round);
            Player player = broken.player;
            int[] shared = concat(broken.prompt, Arrays.copyOf(broken.all, broken.at - 1));
            player.open(2);
            player.prefillOnly(2, shared);
            assertArrayEquals(broken.rest(), broken.goOn(broken.open(), new SlotWork.Fork(ONE, TWO, shared.length),
                    broken.last()), "round " + round);
            player.release(2);
        }
    }

    @Test void aSamplerThatWasNotResumedSaysSomethingElse() throws EngineException {
        int same = 0;
        for (int round = 0; round < BREAKS; round++) {
            Broken broken = Broken.of(precise(), How.DRAWN, round);
            same += Arrays.equals(broken.rest(), broken.goOn(new SlotWork.Open(ONE, broken.sampling),
                    prefillWork(1, true, concat(broken.prompt, broken.said())))) ? 1 : 0;
        }
        assertTrue(same < BREAKS / 2, same + " of " + BREAKS + " are the same");
    }

    @Test void whatTheGrammarDoesNotAllowFailsAloneAndEndsNothing() throws EngineException {
        Player player = precise();
        int[] brace = player.engine().tokenizer().encode("{", false, false);
        int[] letter = player.engine().tokenizer().encode("x", false, false);
        for (int[] said : new int[][] {letter, concat(brace, letter), concat(letter, brace)}) {
            List<SlotOutcome> outcomes = player.step(
                    new SlotWork.Open(ONE, How.DRAWN_JSON.sampling(1), said),
                    new SlotWork.Open(TWO, How.DRAWN_JSON.sampling(1), brace),
                    prefillWork(1, true, 1, 2, said[0]), prefillWork(2, true, 1, 2, brace[0]));
            SlotOutcome.Failed failed = assertInstanceOf(SlotOutcome.Failed.class, outcomes.getFirst());
            assertEquals(Code.GRAMMAR, failed.code());
            assertTrue(failed.message().contains("doesn't allow token " + letter[0]), failed.message());
            assertInstanceOf(SlotOutcome.Sampled.class, outcomes.getLast());
            player.release(1);
            player.release(2);
        }
    }

    @Test void anyTokenAtAllCanBeToldToHaveBeenSaid() throws EngineException {
        Player player = precise();
        for (int token = 0; token < player.engine().model().vocabulary(); token++) {
            player.step(new SlotWork.Open(ONE, How.DRAWN_JSON.sampling(1), new int[] {token, token}));
            player.release(1);
        }
    }

    @Test void refusesTokensThatCanNotHaveBeenSaid() throws EngineException {
        Player player = precise();
        for (int[] said : new int[][] {{-1}, {512}, new int[1025]}) {
            assertThrows(IllegalArgumentException.class,
                    () -> player.step(new SlotWork.Open(ONE, Sampling.GREEDY, said)));
        }
        assertFalse(player.step(new SlotWork.Open(ONE, Sampling.GREEDY, new int[1024]),
                prefillWork(1, true, 1, 2)).isEmpty());
        player.release(1);
    }

    @Test void aStepThatWasNotDoneDrawsNothing() throws EngineException {
        try (LlamaEngine engine = LlamaEngine.open(Engines.spec(Engines.model("qwen2-tiny", "F32"), 256, 4, 256, true,
                KvType.F32, Toggle.OFF))) {
            Player player = new Player(engine);
            Sampling sampling = How.DRAWN.sampling(3);
            int[] expected = player.generate(0, sampling, new int[] {1, 2, 3}, ANSWER);
            player.open(0, sampling);
            player.open(1);
            player.open(2);
            player.prefillOnly(1, new int[200]);
            int first = player.prefill(0, 1, 2, 3);
            assertInstanceOf(StepResult.KvCacheFull.class,
                    player.result(decodeWork(0, first), prefillWork(2, false, new int[100])));
            assertArrayEquals(expected, player.follow(0, first, ANSWER));
        }
    }
}
