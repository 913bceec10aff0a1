package io.millrace.web.conversations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.ejb.context.Item;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PagingTest {

    @Property(tries = 300)
    void pageAfterPageShowsEachItemOnceInOrder(@ForAll @IntRange(max = 50) int count, @ForAll @IntRange(min = 1, max = 12) int limit,
                                               @ForAll boolean newestFirst) {
        List<Item> items = items(count);
        List<String> seen = new ArrayList<>();
        String after = null;
        boolean more = true;
        while (more) {
            JsonNode page = Json.object(new Paging(limit, newestFirst, after).page(items));
            page.get("data").forEach(item -> seen.add(item.get("id").textValue()));
            assertTrue(page.get("data").size() <= limit);
            more = page.get("has_more").booleanValue();
            assertTrue(!more || page.get("data").size() == limit, "a page that is not the last is full");
            after = page.get("last_id").textValue();
        }
        List<String> all = items.stream().map(Item::id).toList();
        assertEquals(newestFirst ? all.reversed() : all, seen);
    }

    @Test
    void showsTwentyOfTheNewestUnlessSaidOtherwise() {
        JsonNode page = Json.object(Paging.of(null, null, null).page(items(30)));
        assertEquals(20, page.get("data").size());
        assertEquals("m29", page.get("first_id").textValue());
        assertEquals("m10", page.get("last_id").textValue());
        assertEquals("list", page.get("object").textValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "101", "-1", "x", "1.5", "99999999999"})
    void refusesLimitsOutOfBounds(String limit) {
        assertEquals("limit", assertThrows(ApiError.class, () -> Paging.of(limit, null, null)).param());
    }

    @Test
    void refusesWhatIsNoOrderAndWhatIsNoItem() {
        assertEquals("order", assertThrows(ApiError.class, () -> Paging.of(null, "up", null)).param());
        assertEquals("after", assertThrows(ApiError.class, () -> Paging.of(null, null, "m9").page(items(3))).param());
    }

    private static List<Item> items(int count) {
        return IntStream.range(0, count).mapToObj(i -> new Item("m" + i, "user", "text " + i, i)).toList();
    }
}
