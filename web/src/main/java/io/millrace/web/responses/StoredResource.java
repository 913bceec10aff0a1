package io.millrace.web.responses;

import io.millrace.ejb.context.Conversations;
import io.millrace.ejb.context.Paper;
import io.millrace.web.Api;
import io.millrace.web.auth.ApiCaller;
import io.millrace.web.conversations.Paging;
import io.millrace.web.error.ApiError;
import io.millrace.web.http.OwnThread;
import io.millrace.web.json.Json;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
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
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;

/** Responses that are stored, of the caller's key. */
@SecurityRequirement(name = Api.CLIENT)
@Path(ResponseReader.ENDPOINT + "/{id}")
@Produces(MediaType.APPLICATION_JSON)
public class StoredResource {

    @Inject
    private Conversations conversations;
    @Inject
    private OwnThread own;

    @GET
    @Operation(operationId = "getResponse", summary = "A response as it was when it was complete.")
    @APIResponse(responseCode = "200", description = "The response.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Response")))
    @APIResponse(responseCode = "404", description = "This key has no such response.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    public void get(@PathParam("id") String id, @QueryParam("stream") String stream, @Context HttpServletRequest request,
                    @Suspended AsyncResponse suspended) {
        String tenant = ApiCaller.of(request).keyId();
        if (stream != null && !stream.equalsIgnoreCase("false")) {
            throw ApiError.unsupported("stream", "Streaming a response again");
        }
        own.run(suspended, () -> stored(tenant, id).content());
    }

    @DELETE
    @Operation(operationId = "deleteResponse", summary = "Deletes a response; its conversation too where no other response or client knows it.")
    @APIResponse(responseCode = "200", description = "It is deleted.")
    @APIResponse(responseCode = "404", description = "This key has no such response.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    public void delete(@PathParam("id") String id, @Context HttpServletRequest request, @Suspended AsyncResponse suspended) {
        String tenant = ApiCaller.of(request).keyId();
        own.run(suspended, () -> {
            if (!conversations.deleteResponse(tenant, id)) {
                throw unknown();
            }
            return Json.deleted(id, "response");
        });
    }

    @POST
    @Path("cancel")
    @Operation(operationId = "cancelResponse", summary = "Refused: only a response in the background could be cancelled, and there are none.")
    @APIResponse(responseCode = "400", description = "The response isn't made in the background.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    @APIResponse(responseCode = "404", description = "This key has no such response.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    public void cancel(@PathParam("id") String id, @Context HttpServletRequest request, @Suspended AsyncResponse suspended) {
        String tenant = ApiCaller.of(request).keyId();
        own.run(suspended, () -> {
            stored(tenant, id);
            throw ApiError.invalid("response_id", "Only a response that is made in the background can be cancelled; this one isn't.");
        });
    }

    @GET
    @Path("input_items")
    @Operation(operationId = "listInputItems", summary = "The messages that the response answers, 20 at a time unless said otherwise, the newest first.")
    @APIResponse(responseCode = "200", description = "A page of them.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Items")))
    @APIResponse(responseCode = "404", description = "This key has no such response.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    public void inputItems(@PathParam("id") String id, @QueryParam("limit") String limit, @QueryParam("order") String order,
                           @QueryParam("after") String after, @Context HttpServletRequest request, @Suspended AsyncResponse suspended) {
        String tenant = ApiCaller.of(request).keyId();
        Paging paging = Paging.of(limit, order, after);
        own.run(suspended, () -> {
            Paper response = stored(tenant, id);
            return paging.page(conversations.before(tenant, response.conversation(), response.item()));
        });
    }

    private Paper stored(String tenant, String id) {
        return conversations.response(tenant, id).orElseThrow(StoredResource::unknown);
    }

    private static ApiError unknown() {
        return new ApiError(404, "invalid_request_error", "response_not_found", "response_id", "There is no such response.", 0);
    }
}
