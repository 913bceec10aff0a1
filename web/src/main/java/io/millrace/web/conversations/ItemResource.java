package io.millrace.web.conversations;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.ejb.context.Conversations;
import io.millrace.ejb.context.Item;
import io.millrace.web.Api;
import io.millrace.web.auth.ApiCaller;
import io.millrace.web.error.ApiError;
import io.millrace.web.http.Bodies;
import io.millrace.web.http.OwnThread;
import io.millrace.web.json.Fields;
import io.millrace.web.json.Json;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;

/** The messages of a conversation. Each request waits until no call has the conversation. */
@SecurityRequirement(name = Api.CLIENT)
@Path("/v1/conversations/{id}/items")
@Produces(MediaType.APPLICATION_JSON)
public class ItemResource {

    @Inject
    private Conversations conversations;
    @Inject
    private Bodies bodies;
    @Inject
    private OwnThread own;

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(operationId = "createConversationItems", summary = "Adds messages at the end, up to 20 at a time.")
    @RequestBody(required = true, content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "ItemsRequest")))
    @APIResponse(responseCode = "200", description = "The messages that were added.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Items")))
    @APIResponse(responseCode = "404", description = "This key has no such conversation.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    public void create(@PathParam("id") String id, @Context HttpServletRequest request, @Suspended AsyncResponse suspended) {
        String tenant = ApiCaller.of(request).keyId();
        String its = Owned.id(id);
        own.run(suspended, () -> {
            List<Item> items = Owned.items(bodies.read(request, ItemResource::messages));
            conversations.add(tenant, its, items);
            return Items.list(items, false);
        });
    }

    private static List<Turn> messages(byte[] body) {
        JsonNode items = new Fields(Json.object(body)).get("items");
        if (items == null) {
            throw ApiError.invalid("items", "'items' is missing.");
        }
        return Messages.read(items, "items", ConversationResource.MOST_ITEMS);
    }

    @GET
    @Operation(operationId = "listConversationItems", summary = "The messages, 20 at a time unless said otherwise, the newest first.")
    @APIResponse(responseCode = "200", description = "A page of them.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Items")))
    @APIResponse(responseCode = "404", description = "This key has no such conversation.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    public void list(@PathParam("id") String id, @QueryParam("limit") String limit, @QueryParam("order") String order,
                     @QueryParam("after") String after, @Context HttpServletRequest request, @Suspended AsyncResponse suspended) {
        String tenant = ApiCaller.of(request).keyId();
        String its = Owned.id(id);
        Paging paging = Paging.of(limit, order, after);
        own.run(suspended, () -> paging.page(conversations.items(tenant, its)));
    }

    @GET
    @Path("{item}")
    @Operation(operationId = "getConversationItem", summary = "One message.")
    @APIResponse(responseCode = "200", description = "The message.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Item")))
    @APIResponse(responseCode = "404", description = "This key has no such conversation, or that no such message.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    public void get(@PathParam("id") String id, @PathParam("item") String itemId, @Context HttpServletRequest request,
                    @Suspended AsyncResponse suspended) {
        String tenant = ApiCaller.of(request).keyId();
        String its = Owned.id(id);
        own.run(suspended, () -> {
            Item item = conversations.items(tenant, its).stream().filter(each -> each.id().equals(itemId)).findFirst()
                    .orElseThrow(Owned::unknownItem);
            return Json.bytes(json -> Items.write(json, item));
        });
    }

    @DELETE
    @Path("{item}")
    @Operation(operationId = "deleteConversationItem", summary = "Takes one message out of the conversation, for good.")
    @APIResponse(responseCode = "200", description = "The conversation.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Conversation")))
    @APIResponse(responseCode = "404", description = "This key has no such conversation, or that no such message.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    public void delete(@PathParam("id") String id, @PathParam("item") String itemId, @Context HttpServletRequest request,
                       @Suspended AsyncResponse suspended) {
        String tenant = ApiCaller.of(request).keyId();
        String its = Owned.id(id);
        own.run(suspended, () -> Owned.json(conversations.remove(tenant, its, itemId)));
    }
}
