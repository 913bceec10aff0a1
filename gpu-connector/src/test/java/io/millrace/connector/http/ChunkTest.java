package io.millrace.connector.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.remote.RemoteEvent;
import jakarta.json.JsonException;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ChunkTest {

    private static final String WHOLE = "{'id':'x','object':'chat.completion.chunk','choices':[{'index':0,'delta':{'role':'assistant',"
            + "'content':'Pa','tool_calls':[{'a':[1]}]},'logprobs':null,'finish_reason':null}],'usage':null,'millrace':{'tokens':[5,6,7,8,9]}}";

    @Test
    void tellsWhatAChatAnswers() {
        RemoteEvent.Piece piece = (RemoteEvent.Piece) events(WHOLE).getFirst();
        assertEquals("Pa", piece.text());
        assertArrayEquals(new int[] {5, 6, 7, 8, 9}, piece.tokens());
    }

    @Test
    void tellsWhatACompletionAnswers() {
        assertEquals(List.of(new RemoteEvent.Piece("Pa", "", null, List.of()), new RemoteEvent.Finished("stop")),
                events("{'choices':[{'text':'Pa','index':0,'finish_reason':'stop'}]}"));
    }

    @Test
    void keepsReasoningApart() {
        for (String name : List.of("reasoning_content", "reasoning")) {
            assertEquals(List.of(new RemoteEvent.Piece("", "hm", null, List.of())),
                    events("{'choices':[{'delta':{'content':null,'" + name + "':'hm'}}]}"));
        }
    }

    @Test
    void otherChoicesArePassedOver() {
        assertEquals(List.of(), events("{'choices':[{'index':1,'delta':{'content':'b'},'finish_reason':'stop'}]}"));
        assertEquals(1, events("{'choices':[{'delta':{'content':'a'},'index':0},{'delta':{'content':'b'},'index':1}]}").size());
    }

    @Test
    void readsUsageInDeepSeeksWordsToo() {
        assertEquals(List.of(new RemoteEvent.Usage(10, 2, 8)),
                events("{'choices':[],'usage':{'prompt_tokens':10,'completion_tokens':2,'total_tokens':12,'prompt_cache_hit_tokens':8}}"));
        assertEquals(List.of(new RemoteEvent.Usage(10, 9, 4, 7)), events("{'choices':[],'usage':{'prompt_tokens':10,'completion_tokens':9,"
                + "'prompt_tokens_details':{'cached_tokens':4,'audio_tokens':0},'completion_tokens_details':{'audio_tokens':0,'reasoning_tokens':7}}}"));
        assertEquals(List.of(new RemoteEvent.Usage(1, 1, 0, 0)), events("{'choices':[],'usage':{'prompt_tokens':1,'completion_tokens':1,"
                + "'prompt_tokens_details':null,'completion_tokens_details':null}}"));
    }

    @Test
    void countsThatCanNotBeAreBounded() {
        assertEquals(List.of(new RemoteEvent.Usage(0, 1 << 28, 0, 0)), events("{'choices':[],'usage':{'prompt_tokens':-3,'completion_tokens':1e300,"
                + "'completion_tokens_details':{'reasoning_tokens':-1}}}"));
    }

    @Test
    void readsLogProbabilitiesOfBothForms() {
        RemoteEvent.Logprob chat = logprob("{'choices':[{'delta':{'content':'é'},'logprobs':{'content':[{'token':'é','logprob':-0.5,'bytes':[195,169],"
                + "'top_logprobs':[{'token':'é','logprob':-0.5,'bytes':null},{'token':'e','logprob':-1.5}]}]}}]}");
        assertArrayEquals(new byte[] {(byte) 195, (byte) 169}, chat.token().bytes());
        assertEquals(-1.5f, chat.top().get(1).logprob());
        RemoteEvent.Logprob completion = logprob("{'choices':[{'text':'e','logprobs':{'tokens':['e'],'token_logprobs':[-0.25],"
                + "'top_logprobs':[{'e':-0.25,'a':-2}],'text_offset':[0]}}]}");
        assertEquals(-0.25f, completion.token().logprob());
        assertEquals(List.of("e", "a"), completion.top().stream().map(RemoteEvent.Candidate::text).toList());
    }

    @Test
    void knowsAFailure() {
        assertTrue(parse("{'error':{'message':'m'}}").failed());
        assertTrue(parse("{'object':'error','message':'m'}").failed());
        assertFalse(parse("{'error':null,'choices':[]}").failed());
    }

    /** A chunk that is cut anywhere is told apart from a chunk. */
    @Property
    void aPartOfAChunkIsNone(@ForAll int at) {
        assertThrows(JsonException.class, () -> parse(WHOLE.substring(0, Math.floorMod(at, WHOLE.length()))));
    }

    /** Nothing that a server can send ends otherwise than in events or in this exception. */
    @Property
    void anyDamageIsAnsweredInOrder(@ForAll int at, @ForAll char with) {
        StringBuilder damaged = new StringBuilder(WHOLE.replace('\'', '"'));
        damaged.setCharAt(Math.floorMod(at, damaged.length()), with);
        try {
            Chunk.parse(damaged.toString()).events();
        } catch (JsonException expected) {
            // the reader turns it into GARBAGE
        }
    }

    private static RemoteEvent.Logprob logprob(String json) {
        return ((RemoteEvent.Piece) events(json).getFirst()).logprobs().getFirst();
    }

    private static List<RemoteEvent> events(String json) {
        return parse(json).events();
    }

    private static Chunk parse(String json) {
        return Chunk.parse(json.replace('\'', '"'));
    }
}
