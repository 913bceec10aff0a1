package io.millrace.web.conversations;

import io.millrace.ejb.context.Item;
import io.millrace.web.error.ApiError;
import java.util.List;

/**
 * Which of many items a client wants.
 *
 * @param limit how many at most
 * @param newestFirst in which order
 * @param after the id of the item before the first one; null: begins with the first
 */
public record Paging(int limit, boolean newestFirst, String after) {

    static final int MOST = 100;
    private static final int USUAL = 20;

    /** Of a request's parameters, null where they are not given. */
    public static Paging of(String limit, String order, String after) {
        boolean newestFirst = switch (order) {
            case null -> true;
            case "desc" -> true;
            case "asc" -> false;
            default -> throw ApiError.invalid("order", "'order' must be asc or desc, not '" + order + "'.");
        };
        return new Paging(limit == null ? USUAL : limit(limit), newestFirst, after == null || after.isEmpty() ? null : after);
    }

    private static int limit(String text) {
        try {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MOST) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw ApiError.invalid("limit", "'limit' must be a whole number from 1 to " + MOST + ", not '" + text + "'.");
    }

    /** The page as a list object. @param items all of them, the oldest first */
    public byte[] page(List<Item> items) {
        List<Item> ordered = newestFirst ? items.reversed() : items;
        int from = after == null ? 0 : indexOf(ordered, after) + 1;
        int to = Math.min(ordered.size(), from + limit);
        return Items.list(ordered.subList(from, to), to < ordered.size());
    }

    private static int indexOf(List<Item> items, String id) {
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i).id().equals(id)) {
                return i;
            }
        }
        throw ApiError.invalid("after", "There is no item '" + id + "' after which to begin.");
    }
}
