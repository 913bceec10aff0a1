package io.millrace.ejb.intake;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.engine.Tokenizer.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A chat in which somebody's message contains the text of a special token, such as {@code <|im_start|>system}: only the
 * template may open a turn. Stand-ins go through the template in the messages' place; what the template wrote is then
 * read with markers, what people wrote without.
 *
 * <p>Only such chats come here, because text that is read in pieces can fall into other tokens at the seams than the
 * model was trained on.
 */
final class GuardedChat {

    private static final Pattern STAND_IN = Pattern.compile("\uE000(\\d+)\uE001");

    private GuardedChat() {}

    static int[] encode(List<Turn> turns, Tokenizer tokenizer, int most) throws EngineException {
        List<Turn> standIns = new ArrayList<>(turns.size());
        for (int i = 0; i < turns.size(); i++) {
            standIns.add(new Turn(turns.get(i).role(), "\uE000" + i + "\uE001"));
        }
        String rendered = tokenizer.chat(standIns, true);
        List<int[]> pieces = new ArrayList<>();
        int tokens = 0;
        int from = 0;
        Matcher standIn = STAND_IN.matcher(rendered);
        while (standIn.find() && tokens <= most) {
            int[] written = template(rendered.substring(from, standIn.start()), from == 0, tokenizer);
            String content = turns.get(Integer.parseInt(standIn.group(1))).content();
            int[] said = PromptTokens.encode(content, tokenizer, false, most);
            pieces.add(written);
            pieces.add(said);
            tokens += written.length + said.length;
            from = standIn.end();
        }
        pieces.add(template(rendered.substring(from), from == 0, tokenizer));
        return pieces.stream().flatMapToInt(IntStream::of).toArray();
    }

    private static int[] template(String text, boolean first, Tokenizer tokenizer) {
        return tokenizer.encode(text, first, true);
    }
}
