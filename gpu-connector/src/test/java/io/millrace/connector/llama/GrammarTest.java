package io.millrace.connector.llama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrammarTest {

    private static final String OBJECT = """
            # an object of numbers and short texts
            root   ::= "{" pair ("," pair){0,3} "}"
            pair   ::= "\\"" [a-z]{1,6} "\\":" value
            value  ::= number | "\\"" [^"\\\\\\x00-\\x1F]{0,8} "\\""
            number ::= "-"? [1-9] [0-9]{0,3} ("." [0-9]+)?
            """;

    private static LlamaEngine engine;

    private static synchronized Player player() {
        try {
            engine = engine == null ? Engines.open("qwen2-tiny") : engine;
            return new Player(engine);
        } catch (EngineException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterAll @AfterContainer static synchronized void close() {
        if (engine != null) {
            engine.close();
            engine = null;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "root ::= \"a\"",
        "root ::= [a-z]+ | \"\\u4e16\" . [^\\n\\x00-\\x1f]*",
        "root ::= (\"a\" | \"b\"\n | \"c\")? x{2,5} y{3} z{1,}\nx ::= \"x\"\ny ::= [y]\r\nz ::= \"z\" # end",
        "\n# first\nroot ::= a-1\na-1 ::= \"\\\"\\\\\\n\\t\\r\" | \"\"",
        "root ::= \"a\" root | \"\"",
        "root ::= []\"x\"[^]",
        OBJECT})
    void acceptsWhatLlamaCppAccepts(String grammar) throws EngineException {
        assertNull(Grammar.fault(grammar));
        assertEquals(List.of(), open(grammar));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "root", "root ::=", "root := \"a\"", "start ::= \"a\"", "root ::= \"a", "root ::= [a", "root ::= (\"a\"",
        "root ::= \"a\")", "root ::= b", "root ::= *", "root ::= \"a\"{", "root ::= \"a\"{1", "root ::= \"a\"{2,1}",
        "root ::= \"a\"{2001}", "root ::= \"\\q\"", "root ::= \"\\x4\"", "root ::= <[5]>", "root ::= !<[5]> \"a\"",
        "root ::= root \"a\"", "root ::= a\na ::= b\nb ::= a | \"x\"", "root ::= (\"\"){0,5} root",
        "root ::= e root \"b\" | \"a\"\ne ::= f\nf ::= \"\" | \"x\"", "root ::= \"a\"\nroot ::= \"b\\\"",
        "root ::= \"a\u0000\"", "root ::= \"a\" ; \"b\"", "root ::= \"a\"{99999999999}"})
    void refusesWhatCanNotBeUsed(String grammar) throws EngineException {
        if (grammar.equals("root ::=")) {
            assertNull(Grammar.fault(grammar));
            return;
        }
        assertNotNull(Grammar.fault(grammar), grammar);
        assertEquals(Code.GRAMMAR, assertInstanceOf(SlotOutcome.Failed.class, open(grammar).getFirst()).code());
    }

    @Test void refusesWhatWouldOverflowTheStackOrTakeForEver() {
        Assertions.assertTimeout(Duration.ofSeconds(2), () -> {
            assertNotNull(Grammar.fault("root ::= " + "(".repeat(30_000) + "\"a\"" + ")".repeat(30_000)));
            assertNotNull(Grammar.fault("root ::= \"" + "a".repeat(1000) + "\"{2000}"));
            StringBuilder chain = new StringBuilder("root ::= r0\n");
            for (int i = 0; i < 2000; i++) {
                chain.append("r").append(i).append(" ::= r").append(i + 1).append('\n');
            }
            assertNotNull(Grammar.fault(chain + "r2000 ::= \"a\""));
            StringBuilder doubling = new StringBuilder("root ::= r0\n");
            for (int i = 0; i < 60; i++) {
                doubling.append("r%d ::= r%d \"a\" | r%d \"b\"\n".formatted(i, i + 1, i + 1));
            }
            assertNotNull(Grammar.fault(doubling + "r60 ::= \"a\""));
        });
    }

    @Provide Arbitrary<String> almostGrammars() {
        return Arbitraries.of("root ::= ", "a ::= ", "b ::= ", "a", "b", "\"x\"", "\"\"", "[a-z]", "[^\"]", ".", "(",
                ")", "*", "+", "?", "{2}", "{0,3}", "{1,}", " | ", "\n", " ", "# c\n", "\"\\n\"", "root").list()
                .ofMaxSize(14).map(parts -> "root ::= " + String.join("", parts) + "\na ::= \"a\" b\nb ::= \"b\"?");
    }

    @Property(tries = 3000) void whatIsNotRefusedCanBeParsedByLlamaCpp(@ForAll("almostGrammars") String grammar)
            throws EngineException {
        if (Grammar.fault(grammar) == null) {
            assertEquals(List.of(), open(grammar), grammar);
        }
    }

    private static List<SlotOutcome> open(String grammar) throws EngineException {
        SlotId slot = new SlotId(7);
        List<SlotOutcome> outcomes = player().step(new SlotWork.Open(slot, Player.withGrammar(grammar)));
        player().release(7);
        return outcomes;
    }

    @Test void everyTextKeepsToItsGrammarWhateverTheTemperature() throws EngineException {
        for (int round = 0; round < 40; round++) {
            Sampling sampling = new Sampling(round % 4 * 0.5f, round % 3 * 20, 0.9f, 0.01f, 1, 0, round % 5 * 0.3f,
                    round, Map.of(), OBJECT, round % 2);
            String text = text(sampling, round);
            assertTrue(text.matches("\\{(\"[a-z]{1,6}\":(-?[1-9][0-9]{0,3}(\\.[0-9]+)?|\"[^\"\\\\\\x00-\\x1F]{0,8}\")"
                    + ",?){1,4}(\\}.*)?|\\{.*"), text);
            assertTrue(text.startsWith("{\""), text);
        }
    }

    /** What is said until the end, or for 60 tokens. */
    private static String text(Sampling sampling, int seed) throws EngineException {
        Tokenizer tokenizer = engine.tokenizer();
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        player().open(0, sampling);
        int token = player().prefill(0, 1 + seed, 2, 3);
        for (int i = 0; i < 60 && !tokenizer.endsGeneration(token); i++) {
            said.writeBytes(tokenizer.bytes(token));
            token = player().decode(0, token);
        }
        player().release(0);
        return said.toString(StandardCharsets.UTF_8);
    }

    @Test void aGrammarThatIsCompleteAllowsOnlyTheEnd() throws EngineException {
        player().open(0, Player.withGrammar("root ::= \"the end\""));
        Tokenizer tokenizer = engine.tokenizer();
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int token = player().prefill(0, 5, 6);
        while (!tokenizer.endsGeneration(token)) {
            said.writeBytes(tokenizer.bytes(token));
            token = player().decode(0, token);
        }
        assertEquals("the end", said.toString(StandardCharsets.UTF_8));
        player().release(0);
    }

    @Test void aGrammarWithoutWayOutFailsAloneAndTheOthersGoOn() throws EngineException {
        int[] expected = player().generate(1, Sampling.GREEDY, new int[] {5, 6, 7}, 3);
        player().open(0, Player.withGrammar("root ::= \"a\" [z-a]"));
        player().open(1);
        int first = player().prefill(0, 1, 2);
        assertEquals("a", new String(engine.tokenizer().bytes(first), StandardCharsets.UTF_8));
        List<SlotOutcome> outcomes = player().step(Player.decodeWork(0, first),
                Player.prefillWork(1, true, 5, 6, 7));
        assertEquals(Code.GRAMMAR, assertInstanceOf(SlotOutcome.Failed.class, outcomes.getFirst()).code());
        assertEquals(expected[0], assertInstanceOf(SlotOutcome.Sampled.class, outcomes.getLast()).token());
        Assertions.assertThrows(IllegalArgumentException.class, () -> player().decode(0, first));
        player().release(0);
        Assertions.assertArrayEquals(expected, player().follow(1, expected[0], 3));
        player().release(1);
    }

    @Test void aBadGrammarFailsAloneAndTheRestOfThePlanIsCarriedOut() throws EngineException {
        List<SlotOutcome> outcomes = player().step(
                new SlotWork.Open(new SlotId(2), Player.withGrammar("root ::= (")),
                new SlotWork.Open(new SlotId(3), Sampling.GREEDY),
                Player.prefillWork(2, true, 1, 2), Player.prefillWork(3, true, 1, 2));
        assertEquals(2, outcomes.size());
        assertEquals(new SlotId(2), assertInstanceOf(SlotOutcome.Failed.class, outcomes.getFirst()).slot());
        assertEquals(new SlotId(3), assertInstanceOf(SlotOutcome.Sampled.class, outcomes.getLast()).slot());
        player().release(2);
        player().release(3);
    }

    @Test void aGrammarThatDoublesItsWorkWithEachCharacterIsGivenUp() throws EngineException {
        player().open(0, Player.withGrammar("root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"a\" root \"d\""));
        List<SlotOutcome> outcomes = player().step(Player.prefillWork(0, true, 1, 2));
        long start = System.nanoTime();
        while (outcomes.getFirst() instanceof SlotOutcome.Sampled sampled) {
            outcomes = player().step(Player.decodeWork(0, sampled.token()));
            assertTrue(System.nanoTime() - start < 60_000_000_000L, "never given up");
        }
        assertEquals(Code.GRAMMAR, assertInstanceOf(SlotOutcome.Failed.class, outcomes.getFirst()).code());
        player().release(0);
    }
}
