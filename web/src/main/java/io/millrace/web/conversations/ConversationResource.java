package io.millrace.web.conversations;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.ejb.context.Conversations;
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
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;

/** Conversations of the caller's key, those too that chats made under names of their own. */
@SecurityRequirement(name = Api.CLIENT)
@Path("/v1/conversations")
@Produces(MediaType.APPLICATION_JSON)
public class ConversationResource {

    /** At a time; OpenAI's bound. */
    static final int MOST_ITEMS = 20;

    @Inject
    private Conversations conversations;
    @Inject
    private Bodies bodies;
    @Inject
    private OwnThread own;

    private record Beginning(Map<String, String> metadata, List<Turn> messages) {
        static Beginning of(byte[] body) {
            Fields fields = new Fields(Json.object(body));
            JsonNode items = fields.get("items");
            return new Beginning(Metadata.read(fields), items == null ? List.of() : Messages.read(items, "items", MOST_ITEMS));
        }
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(operationId = "createConversation", summary = "Makes a conversation, with its first messages where there are any.")
    @RequestBody(required = true, content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "ConversationRequest")))
    @APIResponse(responseCode = "200", description = "The conversation.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Conversation")))
    @APIResponse(responseCode = "default", description = "An error.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    public void create(@Context HttpServletRequest request, @Suspended AsyncResponse suspended) {
        String tenant = ApiCaller.of(request).keyId();
        own.run(suspended, () -> {
            Beginning asked = bodies.read(request, Beginning::of);
            return Owned.json(conversations.create(tenant, asked.metadata(), Owned.items(asked.messages())));
        });
    }

    @GET
    @Path("{id}")
    @Operation(operationId = "getConversation", summary = "A conversation without its messages.")
    @APIResponse(responseCode = "200", description = "The conversation.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Conversation")))
    @APIResponse(responseCode = "404", description = "This key has no such conversation.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    public void get(@PathParam("id") String id, @Context HttpServletRequest request, @Suspended AsyncResponse suspended) {
        String tenant = ApiCaller.of(request).keyId();
        String its = Owned.id(id);
        own.run(suspended, () -> Owned.json(conversations.get(tenant, its).orElseThrow(Owned::unknown)));
    }

    @POST
    @Path("{id}")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(operationId = "updateConversation", summary = "Replaces a conversation's metadata.")
    @RequestBody(required = true, content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "ConversationUpdate")))
    @APIResponse(responseCode = "200", description = "The conversation.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Conversation")))
    @APIResponse(responseCode = "404", description = "This key has no such conversation.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    public void update(@PathParam("id") String id, @Context HttpServletRequest request, @Suspended AsyncResponse suspended) {
        String tenant = ApiCaller.of(request).keyId();
        String its = Owned.id(id);
        own.run(suspended, () -> Owned.json(conversations.describe(tenant, its, bodies.read(request, ConversationResource::metadata))));
    }

    private static Map<String, String> metadata(byte[] body) {
        Fields fields = new Fields(Json.object(body));
        if (fields.get(Metadata.FIELD) == null) {
            throw ApiError.invalid(Metadata.FIELD, "'" + Metadata.FIELD + "' is missing.");
        }
        return Metadata.read(fields);
    }

    @DELETE
    @Path("{id}")
    @Operation(operationId = "deleteConversation", summary = "Deletes a conversation and all that was said in it, for good.")
    @APIResponse(responseCode = "200", description = "It is deleted.")
    @APIResponse(responseCode = "404", description = "This key has no such conversation.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    public void delete(@PathParam("id") String id, @Context HttpServletRequest request, @Suspended AsyncResponse suspended) {
        String tenant = ApiCaller.of(request).keyId();
        String its = Owned.id(id);
        own.run(suspended, () -> {
            if (!conversations.delete(tenant, its)) {
                throw Owned.unknown();
            }
            return Json.deleted(its, "conversation.deleted");
        });
    }
}
