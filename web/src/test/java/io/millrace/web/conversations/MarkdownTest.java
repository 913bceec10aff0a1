package io.millrace.web.conversations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.ejb.context.Conversation;
import io.millrace.ejb.context.Item;
import io.millrace.web.json.Json;
import io.millrace.web.json.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class MarkdownTest {

    private static final Pattern LINE_END = Pattern.compile("\r\n|\n|\r");
    private static final Pattern OPENING = Pattern.compile(" {0,3}(`{3,})[^`]*");
    private static final Conversation CONVERSATION = new Conversation("c", 0, 61_000, Map.of("b", "2", "a", "## 1"), 1);

    @Test
    void saysWhoSaidWhatAndWhen() {
        String text = Markdown.of(CONVERSATION, List.of(new Item("m", "user", "水車はどこ?", 1_700_000_000_000L)));
        assertEquals("""
                # Conversation c

                Begun 1970-01-01T00:00:00Z, last used 1970-01-01T00:01:01Z; 1 messages.

                ## Metadata

                ```text
                a: ## 1
                b: 2
                ```

                ## user, 2023-11-14T22:13:20Z

                ```text
                水車はどこ?
                ```
                """, text);
    }

    /** Read as CommonMark reads it: a fence ends with as many backticks or more, whatever stands between. */
    @Property(tries = 500)
    void noTextGetsOutOfItsFence(@ForAll("texts") List<String> texts) {
        List<Item> items = texts.stream().map(text -> new Item("m", "user", text, 0)).toList();
        List<String> fenced = new ArrayList<>();
        int headings = 0;
        String fence = null;
        StringBuilder inside = new StringBuilder();
        for (String line : LINE_END.split(Markdown.of(new Conversation("c", 0, 0, Map.of(), 1), items), -1)) {
            Matcher opening = OPENING.matcher(line);
            if (fence == null && opening.matches()) {
                fence = opening.group(1);
                inside.setLength(0);
            } else if (fence != null && line.matches(" {0,3}`{" + fence.length() + ",}[ \t]*")) {
                fenced.add(inside.toString());
                fence = null;
            } else if (fence != null) {
                inside.append(line).append('\n');
            } else {
                headings += line.startsWith("## ") ? 1 : 0;
                assertTrue(line.isEmpty() || line.startsWith("#") || line.startsWith("Begun "), line);
            }
        }
        assertEquals(null, fence, "every fence ends");
        assertEquals(texts.size(), headings);
        assertEquals(texts.stream().map(text -> LINE_END.matcher(Text.writable(text)).replaceAll("\n") + "\n").toList(), fenced);
    }

    @Provide
    Arbitrary<List<String>> texts() {
        Arbitrary<String> pieces = Arbitraries.of("`", "```", "````", "~~~", "\n", "\r", "\r\n", " ", "# ", "<b>", "text", "水", "\ud83d\ude00", "\ud83d", "\t");
        return Arbitraries.oneOf(pieces.list().ofMaxSize(12).map(parts -> String.join("", parts)), Arbitraries.strings().ofMaxLength(20))
                .list().ofMaxSize(4);
    }

    @Test
    void jsonHasTheTimes() {
        JsonNode json = Json.object(ExportResource.json(CONVERSATION, List.of(new Item("m", "assistant", "a", 1500))));
        assertEquals("1970-01-01T00:01:01Z", json.get("last_used").textValue());
        assertEquals("1970-01-01T00:00:01.500Z", json.at("/items/0/created").textValue());
        assertEquals("a", json.at("/items/0/content/0/text").textValue());
        assertEquals("## 1", json.at("/metadata/a").textValue());
    }
}
