package io.millrace.web.conversations;

import io.millrace.ejb.context.Conversation;
import io.millrace.ejb.context.Conversations;
import io.millrace.ejb.context.Item;
import io.millrace.web.Api;
import io.millrace.web.auth.ApiCaller;
import io.millrace.web.error.ApiError;
import io.millrace.web.http.OwnThread;
import io.millrace.web.json.Json;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;

/** A whole conversation to take away; Millrace's own. */
@SecurityRequirement(name = Api.CLIENT)
@Path("/v1/conversations/{id}/export")
public class ExportResource {

    private static final String MARKDOWN = "text/markdown;charset=utf-8";

    @Inject
    private Conversations conversations;
    @Inject
    private OwnThread own;

    /** Errors are JSON whatever is asked for. */
    @GET
    @Produces({MediaType.APPLICATION_JSON, "text/markdown"})
    @Operation(operationId = "exportConversation", summary = "All messages with their times, as JSON or, with format=markdown, as Markdown.")
    @APIResponse(responseCode = "200", description = "A file.", content = {
        @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "ConversationExport")), @Content(mediaType = "text/markdown")})
    @APIResponse(responseCode = "404", description = "This key has no such conversation.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    public void export(@PathParam("id") String id, @QueryParam("format") String format, @Context HttpServletRequest request,
                       @Suspended AsyncResponse suspended) {
        String tenant = ApiCaller.of(request).keyId();
        String its = Owned.id(id);
        boolean markdown = isMarkdown(format);
        own.run(suspended, () -> {
            List<Item> items = conversations.items(tenant, its);
            Conversation conversation = conversations.get(tenant, its).orElseThrow(Owned::unknown);
            byte[] file = markdown ? Markdown.of(conversation, items).getBytes(StandardCharsets.UTF_8) : json(conversation, items);
            return Response.ok(file).type(markdown ? MARKDOWN : MediaType.APPLICATION_JSON)
                    .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + name(its) + (markdown ? ".md" : ".json") + "\"").build();
        });
    }

    private static boolean isMarkdown(String format) {
        return switch (format) {
            case null -> false;
            case "json" -> false;
            case "markdown" -> true;
            default -> throw ApiError.invalid("format", "'format' must be json or markdown, not '" + format + "'.");
        };
    }

    /** Ids hold no quotes; a colon is not allowed in every file's name. */
    private static String name(String id) {
        return "conversation-" + id.replace(':', '-');
    }

    static byte[] json(Conversation conversation, List<Item> items) {
        return Json.bytes(json -> {
            json.writeStartObject();
            json.writeStringField("id", conversation.id());
            json.writeStringField("object", "conversation.export");
            json.writeStringField("created", Instant.ofEpochMilli(conversation.createdMillis()).toString());
            json.writeStringField("last_used", Instant.ofEpochMilli(conversation.lastUsedMillis()).toString());
            Metadata.write(json, conversation.metadata());
            json.writeArrayFieldStart("items");
            for (Item item : items) {
                json.writeStartObject();
                Items.fields(json, item);
                json.writeStringField("created", Instant.ofEpochMilli(item.atMillis()).toString());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }
}
