package io.millrace.web.conversations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.ejb.context.Item;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessagesTest {

    @Test
    void readsTextsAndPartsOfEveryRole() {
        assertEquals(List.of(new Turn("system", "be kind"), new Turn("user", "a\nb"), new Turn("assistant", "c")), read("""
                [{"role":"developer","content":"be kind"},
                {"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]},
                {"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"c","annotations":[]}]}]"""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "[{\"type\":\"function_call\",\"name\":\"f\"}]                                    | unsupported_parameter | items[0].type",
        "[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\"}]}]                   | unsupported_parameter | items[0].content[0].type",
        "[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"critic\",\"content\":\"a\"}]  | invalid_value         | items[1].role",
        "[{\"content\":\"a\"}]                                                            | invalid_value         | items[0].role",
        "[{\"role\":\"user\"}]                                                            | invalid_value         | items[0].content",
        "[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\"}]}]                    | invalid_value         | items[0].content[0].text",
        "[{\"role\":\"user\",\"content\":7}]                                              | invalid_type          | items[0].content",
        "[7]                                                                              | invalid_type          | items[0]",
        "{}                                                                               | invalid_type          | items"})
    void saysWhichFieldIsToBlame(String items, String code, String param) {
        ApiError error = assertThrows(ApiError.class, () -> read(items));
        assertEquals(code, error.code());
        assertEquals(param, error.param());
        assertEquals(400, error.status());
    }

    @Test
    void takesSoManyAtMost() {
        String one = "{\"role\":\"user\",\"content\":\"a\"}";
        assertEquals(20, read("[" + (one + ",").repeat(19) + one + "]").size());
        assertEquals("items", assertThrows(ApiError.class, () -> read("[" + (one + ",").repeat(20) + one + "]")).param());
    }

    @Property(tries = 200)
    void whatIsWrittenIsReadAgain(@ForAll String text, @ForAll boolean answer) {
        Item item = Item.of(answer ? "assistant" : "user", text, 0);
        String items = Json.object(Items.list(List.of(item), false)).get("data").toString();
        String expected = io.millrace.web.json.Text.writable(text).replace('\0', '\ufffd');
        assertEquals(List.of(new Turn(item.role(), expected)), read(items));
    }

    private static List<Turn> read(String items) {
        JsonNode array = Json.object(("{\"items\":" + items + "}").getBytes(StandardCharsets.UTF_8)).get("items");
        return Messages.read(array, "items", 20);
    }
}
