package io.millrace.ejb.flow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome.Sampled;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import io.millrace.ejb.flow.Answer.Outcome;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An answer goes from engine to engine at any token, also within a character and within what may become a stop string, and
 * reads as if one had made it. Each byte is a token.
 */
class HandoverTest {

    private static final Tokenizer TOKENIZER = new SimulatedEngine(1, 256, 16, Faults.none()).tokenizer();
    private static final Duration NOW = Duration.ZERO;
    private static final String LETTERS = "aabß漢E😀";
    private static final int END = 256;

    private String handedOver;
    private int[] handedTokens;

    private static Sampled sampled(int token) {
        return new Sampled(new SlotId(0), token, Float.NaN, List.of());
    }

    private Answer answer(List<String> stops, int maxTokens, boolean tells) {
        return new Answer("call", 1, 1, maxTokens, stops, TOKENIZER, new Flow(1 << 20, () -> { }, () -> { }), (_, _, said, tokens) -> {
            handedOver = said;
            handedTokens = tokens;
            return true;
        }, tells, _ -> { });
    }

    /** All that a reader gets; ends the answer if need be. */
    private static String read(Answer answer) throws InterruptedException {
        StringBuilder text = new StringBuilder();
        for (FlowEvent event = answer.flow().next(NOW); event != null; event = answer.flow().next(NOW)) {
            text.append(event instanceof FlowEvent.Text one ? one.text() : "");
        }
        return text.toString();
    }

    private static int[] tokens(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(20); i >= 0; i--) {
            int from = random.nextInt(LETTERS.codePointCount(0, LETTERS.length()));
            text.appendCodePoint(LETTERS.codePointAt(LETTERS.offsetByCodePoints(0, from)));
        }
        return TOKENIZER.encode(text.toString(), false, false);
    }

    private static boolean feed(Answer answer, int[] tokens, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!answer.accept(0, sampled(tokens[i]), i)) {
                return false;
            }
        }
        return true;
    }

    private String alone(int[] tokens, List<String> stops, int most) throws InterruptedException {
        Answer answer = answer(stops, most, false);
        if (feed(answer, tokens, 0, tokens.length)) {
            answer.accept(0, sampled(END), 0);
        }
        return read(answer) + answer.finishReasons();
    }

    /** From one engine to another of the same vocabulary, again and again. */
    @Property
    void fromEngineToEngineInThisProcess(@ForAll long seed) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(seed);
        int[] tokens = tokens(random);
        List<String> stops = List.of(List.of("abß", "E漢"), List.of("aab"), List.<String>of()).get(random.nextInt(3));
        int most = random.nextInt(2) == 0 ? 1_000 : 1 + random.nextInt(30);
        Answer answer = answer(stops, most, false);
        int at = 0;
        boolean goesOn = true;
        while (goesOn && at < tokens.length) {
            int to = Math.min(tokens.length, at + random.nextInt(6));
            goesOn = feed(answer, tokens, at, to);
            at = to;
            if (goesOn) {
                assertTrue(answer.goOnElsewhere(0, Arrays.copyOf(tokens, at)));
                assertArrayEquals(Arrays.copyOf(tokens, at), handedTokens);
                answer.use(0, TOKENIZER, 1, handedTokens);
            }
        }
        if (goesOn) {
            answer.accept(0, sampled(END), 0);
        }
        assertEquals(Outcome.OK, answer.outcome());
        assertEquals(alone(tokens, stops, most), read(answer) + answer.finishReasons());
    }

    /** Another Millrace has made the beginning, is asked by this one for its tokens, and is lost; then this one goes on itself. */
    @Property
    void fromAnotherMillraceToTheEngineInThisProcessAndOnToAThird(@ForAll long seed) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(seed);
        int[] tokens = tokens(random);
        List<String> stops = random.nextBoolean() ? List.of("abß", "E漢") : List.of();
        int first = random.nextInt(tokens.length + 1);
        int second = first + random.nextInt(tokens.length - first + 1);

        Answer other = answer(stops, 1_000, true);
        Answer mine = new Answer("call", 1, 1, 1_000, stops, null, new Flow(1 << 20, () -> { }, () -> { }), (_, _, said, ids) -> {
            handedOver = said;
            handedTokens = ids;
            return true;
        }, false, _ -> { });
        boolean goesOn = feed(other, tokens, 0, first);
        Relayed relayed = relay(other, mine);
        if (goesOn) {
            mine.use(0, TOKENIZER, 1, relayed.ids);
            goesOn = feed(mine, tokens, relayed.ids.length, Math.max(second, relayed.ids.length));
        } else {
            return;
        }
        if (goesOn) {
            int told = Math.max(second, relayed.ids.length);
            assertTrue(mine.goOnElsewhere(0, Arrays.copyOf(tokens, told)));
            Answer third = answer(stops, 1_000, true);
            third.resume(0, handedTokens, handedOver);
            if (feed(third, tokens, told, tokens.length)) {
                third.accept(0, sampled(END), 0);
            }
            relay(third, mine);
            mine.complete(0, FlowEvent.FinishReason.STOP);
        }
        assertEquals(alone(tokens, stops, 1_000), read(mine) + mine.finishReasons());
    }

    /** A model that thinks goes from engine to engine: in the middle of a thought the next one thinks anew, and tells nothing twice. */
    @Property
    void thoughtsAreToldOnceWhereverItsEngineIsLost(@ForAll long seed) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(seed);
        String thought = random.nextInt(5) == 0 ? "" : "hm < </thi " + "漢ß".repeat(random.nextInt(4)) + ".";
        int[] before = TOKENIZER.encode("\n<think>\n" + thought + "\n</think>\n\n", false, false);
        int[] said = tokens(random);
        int[] tokens = IntStream.concat(Arrays.stream(before), Arrays.stream(said)).toArray();
        List<String> stops = random.nextBoolean() ? List.of("abß", "hm") : List.of();
        Answer answer = answer(stops, 1_000, false);
        answer.tellThoughtsApart(ThinkTags.Apart.ALWAYS, "");
        int at = 0;
        boolean goesOn = true;
        for (int losses = 0; goesOn && at < tokens.length; losses++) {
            int to = losses < 10 ? Math.min(tokens.length, at + random.nextInt(tokens.length)) : tokens.length;
            goesOn = feed(answer, tokens, at, to);
            if (goesOn && to < tokens.length) {
                assertTrue(answer.goOnElsewhere(0, Arrays.copyOf(tokens, to)));
                assertTrue(handedTokens.length == to || handedTokens.length == 0 && handedOver.isEmpty(), "nobody goes on in the middle of a thought");
                answer.use(0, TOKENIZER, 1, handedTokens);
            }
            at = to < tokens.length ? handedTokens.length : to;
        }
        if (goesOn) {
            answer.accept(0, sampled(END), 0);
        }
        assertEquals(thought + "|" + alone(said, stops, 1_000), readApart(answer) + answer.finishReasons());
    }

    /** Thoughts, and after a bar the answer. */
    private static String readApart(Answer answer) throws InterruptedException {
        StringBuilder thoughts = new StringBuilder();
        StringBuilder text = new StringBuilder();
        for (FlowEvent event = answer.flow().next(NOW); event != null; event = answer.flow().next(NOW)) {
            text.append(event instanceof FlowEvent.Text one ? one.text() : "");
            thoughts.append(event instanceof FlowEvent.Reasoning one ? one.text() : "");
        }
        return thoughts + "|" + text;
    }

    /** A server that doesn't tell thoughts apart; and white space, which would wait for what comes after it. */
    @ParameterizedTest
    @ValueSource(strings = {"<think>\nOkay, the", "\n\n", "<", "Yes"})
    void whatAnotherEngineToldAsAnswerStaysAnswer(String told) throws InterruptedException {
        Answer answer = answer(List.of(), 1_000, false);
        answer.tellThoughtsApart(ThinkTags.Apart.ALWAYS, "");
        answer.accept(0, told, 1, null, List.of(), 0);
        assertTrue(answer.goOnElsewhere(0, new int[0]));
        answer.use(0, TOKENIZER, 1, TOKENIZER.encode(told, false, false));
        int[] rest = TOKENIZER.encode("think> end</think>.", false, false);
        assertTrue(feed(answer, rest, 0, rest.length));
        assertEquals("|" + told + "think> end</think>.", readApart(answer));
    }

    @Test
    void tokensOfThoughtsCountWhereNobodyGoesOn() {
        Answer answer = new Answer("call", 1, 1, 100, List.of(), TOKENIZER, new Flow(1 << 20, () -> { }, () -> { }), (_, _, _, _) -> false,
                true, _ -> { });
        answer.tellThoughtsApart(ThinkTags.Apart.ALWAYS, "");
        int[] tokens = TOKENIZER.encode("<think>one", false, false);
        feed(answer, tokens, 0, tokens.length);
        assertEquals(false, answer.goOnElsewhere(0, tokens));
        assertEquals(tokens.length, answer.usage().completionTokens());
    }

    @Test
    void countsThoughtsAndEndsWithinThem() throws InterruptedException {
        Answer answer = answer(List.of(), 12, false);
        answer.tellThoughtsApart(ThinkTags.Apart.ALWAYS, "");
        int[] tokens = TOKENIZER.encode("<think>one <three", false, false);
        feed(answer, tokens, 0, tokens.length);
        assertEquals("one <|length", readApart(answer) + answer.finishReasons());
        assertEquals(12, answer.usage().completionTokens());
        assertEquals(6, answer.usage().thoughtTokens(), "the tag is one token where it isn't spelt");
    }

    @Test
    void goesOnWithTheBeginningThatTheClientGave() throws InterruptedException {
        Answer answer = answer(List.of(), 1_000, false);
        answer.tellThoughtsApart(ThinkTags.Apart.ALWAYS, "<think>I am asked");
        int[] tokens = TOKENIZER.encode(" a lot.</think>Yes", false, false);
        feed(answer, tokens, 0, tokens.length);
        assertEquals(" a lot.|Yes", readApart(answer));
    }

    private record Relayed(int[] ids) {}

    private static Relayed relay(Answer from, Answer to) throws InterruptedException {
        int[] ids = {};
        for (FlowEvent event = from.flow().next(NOW); event != null; event = from.flow().next(NOW)) {
            if (event instanceof FlowEvent.Text text) {
                int[] more = text.tokens() == null ? new int[0] : text.tokens();
                int before = ids.length;
                ids = Arrays.copyOf(ids, before + more.length);
                System.arraycopy(more, 0, ids, before, more.length);
                to.accept(0, text.text(), more.length, text.tokens(), List.of(), 0);
            }
        }
        return new Relayed(ids);
    }

    @Test
    void cutsWhatAnEngineElsewhereSaysBeyondItsBound() throws InterruptedException {
        Answer answer = answer(List.of(), 2, false);
        assertTrue(answer.accept(0, "one ", 1, null, List.of(), 0));
        assertTrue(answer.accept(0, "two ", 1, null, List.of(), 0), "its engine has the last word");
        assertEquals(false, answer.accept(0, "three", 1, null, List.of(), 0));
        assertEquals("one two length", read(answer) + answer.finishReasons());
        assertEquals(2, answer.usage().completionTokens());
    }

    @Test
    void isAsItWasWhenTheOtherEngineDoesNotGoOnAfterAll() throws InterruptedException {
        Answer answer = answer(List.of("stop"), 100, false);
        answer.accept(0, "a st", 2, null, List.of(), 0);
        assertTrue(answer.goOnElsewhere(0, new int[0]));
        assertEquals("a ", handedOver);
        answer.use(0, TOKENIZER, 1, TOKENIZER.encode("a st", false, false));
        answer.leave(0);
        answer.accept(0, "sting", 1, null, List.of(), 0);
        answer.complete(0, FlowEvent.FinishReason.STOP);
        assertEquals("a stingstop", read(answer) + answer.finishReasons());
    }
}
