package io.millrace.web.conversations;

import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.ejb.context.Conversation;
import io.millrace.ejb.context.ConversationAsk;
import io.millrace.ejb.context.Item;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Json;
import java.util.List;

/** What the resources have in common. No state. */
final class Owned {

    private Owned() {}

    /** The id as the path has it; one that can't be one is an unknown one. */
    static String id(String id) {
        if (!ConversationAsk.isId(id)) {
            throw unknown();
        }
        return id;
    }

    static ApiError unknown() {
        return new ApiError(404, "invalid_request_error", "conversation_not_found", "conversation_id", "There is no such conversation.", 0);
    }

    static ApiError unknownItem() {
        return new ApiError(404, "invalid_request_error", "item_not_found", "item_id", "The conversation has no such item.", 0);
    }

    /** Messages that come now. */
    static List<Item> items(List<Turn> messages) {
        long nowMillis = System.currentTimeMillis();
        return messages.stream().map(message -> Item.of(message.role(), message.content(), nowMillis)).toList();
    }

    static byte[] json(Conversation conversation) {
        return Json.bytes(json -> {
            json.writeStartObject();
            json.writeStringField("id", conversation.id());
            json.writeStringField("object", "conversation");
            json.writeNumberField("created_at", conversation.createdMillis() / 1000);
            Metadata.write(json, conversation.metadata());
            json.writeEndObject();
        });
    }
}
