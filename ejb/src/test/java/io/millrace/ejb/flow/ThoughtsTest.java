package io.millrace.ejb.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class ThoughtsTest {

    private Thoughts thoughts = new Thoughts();

    private String tell(String... words) {
        StringBuilder told = new StringBuilder();
        thoughts.anew();
        for (String each : words) {
            told.append(thoughts.more(each));
        }
        return told.toString();
    }

    @Test
    void theSameIsToldOnce() {
        assertEquals("one two", tell("one ", "two"));
        assertEquals("", tell("one"));
        assertEquals(" three", tell("o", "ne two three"));
        assertEquals("one two three", thoughts.all());
    }

    @Test
    void othersAreToldWhole() {
        assertEquals("one two", tell("one two"));
        assertEquals(Thoughts.BREAK + "one three four", tell("one ", "three", " four"));
        assertEquals("one three four", thoughts.all());
        assertEquals(" five", tell("one three four five"), "the last region's are what the next one's are compared with");
    }

    /** It will be spared as many characters of what is told as it has besides. */
    @Test
    void whoHasMoreThanIsKnownIsToldOfTheBreakToo() {
        thoughts.after("one two", 4);
        assertEquals("\n\n\n\n" + Thoughts.BREAK + "one three", tell("one three"));
        assertEquals(Thoughts.BREAK + "four", tell("four"), "it has them now");
        thoughts = new Thoughts();
        thoughts.after("one two", 4);
        assertEquals(" th", tell("one two th"));
        assertEquals("\n" + Thoughts.BREAK + "none", tell("none"), "one of the four is still not known");
    }

    /** The number comes from the client. */
    @Test
    void nobodyHasMuchMoreThanIsKnown() {
        thoughts.after("one two", Integer.MAX_VALUE);
        assertEquals("\n".repeat(Thoughts.MOST_AHEAD) + Thoughts.BREAK + "one three", tell("one three"));
    }

    /** However it is cut, who thinks what was thought before goes on where that broke off. */
    @Property(tries = 300)
    void isCutAnyhow(@ForAll @Size(max = 8) List<@StringLength(max = 4) @AlphaChars String> all, @ForAll @Size(max = 8) List<@StringLength(max = 4) @AlphaChars String> again) {
        thoughts = new Thoughts();
        String before = tell(all.toArray(String[]::new));
        String whole = String.join("", all);
        assertEquals(whole, before);
        String rest = String.join("", again);
        String told = tell((whole + rest).split("(?<=\\G..)"));
        assertEquals(rest, told);
        assertEquals(whole + rest, thoughts.all());
    }
}
