package io.millrace.ejb.context;

import io.millrace.connector.engine.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Makes the prompt of a conversation that fits a budget of tokens: systems and new messages whole, recent turns whole, and a
 * digest of those before. Pure; costs the counting of what is put in and of one turn more.
 *
 * <p>When turns no longer fit, half of the room that they had is freed at once and the digest stays as it is until that is
 * full again: a prompt that begins as the last one did finds its KV cells.
 */
final class Assembly {

    /** A message's role and the marks around it, tokens; what a template really takes is counted afterwards. */
    private static final int AROUND = 8;
    private static final int BEGINNING = 16;
    /** Of the room beside the new messages: what turns may keep when some must go, and what the digest may have. */
    private static final double KEPT = 0.5;
    private static final double DIGESTED = 0.25;
    /** The recovery prompt's part of what is left then, tokens at most. */
    private static final int MENTIONED = 160;
    private static final double MENTIONED_SHARE = 0.15;

    /** What the older turns are read with: it may have to look on a disk. */
    @FunctionalInterface
    interface Older {
        /** All turns from this one on. */
        List<Turn> from(int turn);
    }

    /**
     * @param messages the prompt
     * @param digest   as it is from now on
     * @param turns    kept turns that are in the prompt in full
     * @param tokens   of what was kept and is in the prompt, about
     * @param recovery whether it has a recovery prompt
     */
    record Made(List<Tokenizer.Turn> messages, Digest digest, int turns, int tokens, boolean recovery) {}

    private final ToIntFunction<String> count;
    private final Templates templates;

    Assembly(ToIntFunction<String> count, Templates templates) {
        this.count = count;
        this.templates = templates;
    }

    /**
     * @param systems the client's, or else the conversation's
     * @param all     how many turns the conversation has
     * @param broken  whether to write a recovery prompt
     * @param budget  tokens that the prompt may have; systems and new messages are not cut, so they alone may be more
     */
    Made make(List<Tokenizer.Turn> systems, Digest digest, int all, Older older, List<Tokenizer.Turn> fresh, boolean broken, int budget) {
        int fixed = BEGINNING + cost(systems) + cost(fresh);
        int room = Math.max(0, budget - fixed);
        boolean chinese = Sentences.isChinese(fresh.isEmpty() ? "" : fresh.getLast().content());
        List<Turn> turns = all > digest.cut() ? older.from(digest.cut()) : List.of();
        int mentionable = broken || !digest.isEmpty() ? mentionable(room) : 0;
        int digestTokens = digest.isEmpty() ? 0 : (int) (room * DIGESTED);
        Digest now = digest;
        int fitting = fitting(turns, room - mentionable - digestTokens);
        if (fitting < turns.size()) {
            mentionable = mentionable(room);
            digestTokens = (int) (room * DIGESTED);
            fitting = fitting(turns, (int) (room * KEPT));
            int gone = turns.size() - fitting;
            now = digest.with(turns.subList(0, gone));
            turns = turns.subList(gone, turns.size());
        }
        return put(systems, now, turns, fresh, broken, digestTokens, mentionable, chinese);
    }

    private static int mentionable(int room) {
        return Math.min(MENTIONED, (int) (room * MENTIONED_SHARE));
    }

    private Made put(List<Tokenizer.Turn> systems, Digest digest, List<Turn> turns, List<Tokenizer.Turn> fresh, boolean broken,
                     int digestTokens, int mentionable, boolean chinese) {
        List<Tokenizer.Turn> messages = new ArrayList<>();
        int tokens = 0;
        List<String> shown = digest.isEmpty() ? List.of() : digest.within(digestTokens - frame(templates.digest(chinese, List.of())), count);
        if (shown.isEmpty()) {
            messages.addAll(systems);
        } else {
            String text = templates.digest(chinese, shown);
            tokens += count.applyAsInt(text);
            messages.addAll(withText(systems, text));
        }
        for (Turn turn : turns) {
            for (Item item : turn.items()) {
                messages.add(new Tokenizer.Turn(item.role(), item.text()));
                tokens += cost(item.text());
            }
        }
        List<String> mentioned = mentioned(digest, turns, shown, fresh, broken, mentionable - frame(templates.recovery(chinese, List.of())));
        boolean recovery = !mentioned.isEmpty();
        if (recovery) {
            String text = templates.recovery(chinese, mentioned);
            tokens += cost(text);
            messages.add(new Tokenizer.Turn("system", text));
        }
        messages.addAll(fresh);
        return new Made(messages, digest, turns.size(), tokens, recovery);
    }

    /** One system message is all that some templates take, so the digest is the end of the last one. */
    private static List<Tokenizer.Turn> withText(List<Tokenizer.Turn> systems, String text) {
        List<Tokenizer.Turn> all = new ArrayList<>(systems);
        if (all.isEmpty()) {
            all.add(new Tokenizer.Turn("system", text));
        } else {
            all.set(all.size() - 1, new Tokenizer.Turn("system", all.getLast().content() + "\n\n" + text));
        }
        return all;
    }

    /**
     * What is worth saying again before the new message: of what is left out, what has to do with it; after a break, what
     * the user said last of most weight.
     */
    private List<String> mentioned(Digest digest, List<Turn> turns, List<String> shown, List<Tokenizer.Turn> fresh, boolean broken, int tokens) {
        if (fresh.isEmpty() || tokens <= 0) {
            return List.of();
        }
        List<String> found = new ArrayList<>(digest.about(fresh.getLast().content(), tokens, count));
        found.removeAll(shown);
        if (found.isEmpty() && broken && !turns.isEmpty()) {
            return Digest.NONE.with(turns).within(tokens, count);
        }
        return found;
    }

    private int frame(String text) {
        return cost(text) + 2;
    }

    /** How many of the last turns fit. */
    private int fitting(List<Turn> turns, int room) {
        int left = room;
        int fitting = 0;
        for (int i = turns.size() - 1; i >= 0 && left > 0; i--) {
            for (Item item : turns.get(i).items()) {
                left -= cost(item.text());
            }
            fitting += left >= 0 ? 1 : 0;
        }
        return fitting;
    }

    private int cost(List<Tokenizer.Turn> messages) {
        return messages.stream().mapToInt(message -> cost(message.content())).sum();
    }

    private int cost(String text) {
        return count.applyAsInt(text) + AROUND;
    }
}
