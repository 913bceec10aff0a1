package io.millrace.ejb.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AssemblyTest {

    private static final Templates TEMPLATES = new Templates("Continuing our earlier discussion. You mentioned: {mentioned}",
            "继续之前的讨论，您提到：{mentioned}", "What was said earlier: {mentioned}", "较早内容的摘录：{mentioned}");
    private static final Assembly ASSEMBLY = new Assembly(AssemblyTest::tokens, TEMPLATES);
    private static final String[] ENGLISH = {"the hotel has a pool", "and breakfast is served until ten", "please book it", "we leave on Monday",
        "that sounds fine", "how far is the station", "it rained all day", "my colleague will join us"};
    private static final String[] CHINESE = {"酒店有游泳池", "早餐到十点", "请帮我预订", "我们星期一出发", "听起来不错", "车站有多远", "下了一整天雨", "同事会和我们一起去"};

    /** A token is a Chinese sign or a word. */
    private static int tokens(String text) {
        int words = 0;
        boolean inWord = false;
        for (char c : text.toCharArray()) {
            boolean han = c > 0x2E80;
            words += han ? 1 : Character.isWhitespace(c) || inWord ? 0 : 1;
            inWord = !han && !Character.isWhitespace(c);
        }
        return words;
    }

    private static int tokens(List<Tokenizer.Turn> messages) {
        return messages.stream().mapToInt(message -> tokens(message.content()) + 8).sum();
    }

    private static String sentences(Random random, boolean chinese, int most) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(most) + 1; i > 0; i--) {
            text.append(chinese ? CHINESE[random.nextInt(CHINESE.length)] + "。" : ENGLISH[random.nextInt(ENGLISH.length)] + ". ");
        }
        return text.toString();
    }

    private static Turn turn(int number, String user, String assistant) {
        return new Turn(List.of(new Item("u" + number, "user", user, 0), new Item("a" + number, "assistant", assistant, 0)));
    }

    private static List<Tokenizer.Turn> asked(String text) {
        return List.of(new Tokenizer.Turn("user", text));
    }

    /** Conversations of up to ten times the budget and more, in both languages mixed, as they grow. */
    @Property(tries = 300)
    void neverMoreThanTheBudget(@ForAll long seed, @ForAll @IntRange(min = 120, max = 2000) int budget) {
        Random random = new Random(seed);
        List<Turn> turns = new ArrayList<>();
        Digest digest = Digest.NONE;
        List<Tokenizer.Turn> systems = random.nextBoolean() ? List.of() : List.of(new Tokenizer.Turn("system", "Be brief and polite."));
        int said = 0;
        while (said < 10 * budget && turns.size() < 200) {
            boolean chinese = random.nextBoolean();
            List<Tokenizer.Turn> fresh = asked(sentences(random, chinese, 3));
            Assembly.Made made = ASSEMBLY.make(systems, digest, turns.size(), from -> turns.subList(from, turns.size()), fresh,
                    random.nextInt(5) == 0, budget);

            assertTrue(tokens(made.messages()) <= budget, () -> tokens(made.messages()) + " of " + budget);
            assertEquals(fresh.getLast(), made.messages().getLast());
            assertTrue(made.digest().cut() >= digest.cut() && made.digest().cut() <= turns.size());
            assertEquals(turns.size() - made.digest().cut(), made.turns(), "every turn is there in full or in the digest");
            digest = made.digest();
            Turn next = turn(turns.size(), fresh.getLast().content(), sentences(random, chinese, 12));
            said += tokens(next.items().get(0).text()) + tokens(next.items().get(1).text());
            turns.add(next);
        }
    }

    /** As a chat grows, a prompt begins as the last one did, but for the moments at which turns go into the digest. */
    @Test
    void mostPromptsBeginAsTheLastOne() {
        Random random = new Random(3);
        List<Turn> turns = new ArrayList<>();
        Digest digest = Digest.NONE;
        List<Tokenizer.Turn> last = List.of();
        int other = 0;
        for (int i = 0; i < 200; i++) {
            Assembly.Made made = ASSEMBLY.make(List.of(), digest, turns.size(), from -> turns.subList(from, turns.size()), asked("go on"), false, 1500);
            List<Tokenizer.Turn> begins = made.messages().subList(0, Math.max(0, Math.min(last.size() - 2, made.messages().size())));
            other += i > 0 && !begins.equals(last.subList(0, begins.size())) || begins.size() < last.size() - 2 ? 1 : 0;
            last = made.messages();
            digest = made.digest();
            turns.add(turn(i, "go on", sentences(random, false, 6)));
        }
        assertTrue(other > 0 && other < 30, other + " of 200 prompts begin otherwise");
    }

    @Property(tries = 100)
    void whatTheUserSaidFirstIsStillThere(@ForAll long seed) {
        Random random = new Random(seed);
        boolean chinese = random.nextBoolean();
        String code = "QX-" + (1000 + random.nextInt(9000));
        List<Turn> turns = new ArrayList<>();
        turns.add(turn(0, chinese ? "你好。请记住，我的代号是" + code + "。" : "Hello. Remember that my code is " + code + ".", "OK."));
        Digest digest = Digest.NONE;
        for (int i = 1; i < 50; i++) {
            Assembly.Made made = ASSEMBLY.make(List.of(), digest, turns.size(), from -> turns.subList(from, turns.size()),
                    asked(sentences(random, chinese, 2)), false, 500);
            digest = made.digest();
            turns.add(turn(i, sentences(random, chinese, 3), sentences(random, chinese, 6)));
        }
        Assembly.Made made = ASSEMBLY.make(List.of(), digest, turns.size(), from -> turns.subList(from, turns.size()),
                asked(chinese ? "我的代号是什么？" : "What is my code?"), false, 500);

        assertTrue(made.digest().cut() > 1, "the first turn is not there in full");
        assertTrue(made.messages().stream().anyMatch(message -> message.content().contains(code)), () -> made.messages().toString());
    }

    @Test
    void afterABreakTheModelIsToldWhatItWasAbout() {
        List<Turn> turns = List.of(turn(0, "我叫李雷，我想去北京旅游。", "好的。"), turn(1, "今天天气好吗？", "很好。"));

        Assembly.Made made = ASSEMBLY.make(List.of(), Digest.NONE, 2, from -> turns.subList(from, 2), asked("我们说到哪里了？"), true, 1000);

        assertTrue(made.recovery());
        assertEquals(6, made.messages().size());
        assertTrue(made.messages().get(4).content().startsWith("继续之前的讨论，您提到：我叫李雷"), made.messages().get(4).content());
        assertFalse(ASSEMBLY.make(List.of(), Digest.NONE, 2, from -> turns.subList(from, 2), asked("?"), false, 1000).recovery());
    }

    @Test
    void systemsAndNewMessagesAreNeverCut() {
        List<Turn> turns = List.of(turn(0, "a long one", "an answer"));
        List<Tokenizer.Turn> systems = List.of(new Tokenizer.Turn("system", "word ".repeat(500)));

        Assembly.Made made = ASSEMBLY.make(systems, Digest.NONE, 1, from -> turns.subList(from, 1), asked("and this"), true, 100);

        assertEquals(List.of(systems.getFirst(), asked("and this").getFirst()), made.messages());
        assertEquals(1, made.digest().cut());
    }
}
