package io.millrace.web.responses;

import io.millrace.ejb.context.Conversations;
import io.millrace.web.Api;
import io.millrace.web.WebSettings;
import io.millrace.web.openai.Answers;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;

/** Responses that are asked for; {@link StoredResource} has those that are there. */
@Path(ResponseReader.ENDPOINT)
public class ResponseResource {

    @Inject
    private Answers answers;
    @Inject
    private Conversations conversations;
    @Inject
    private WebSettings settings;

    @POST
    @Operation(operationId = "createResponse", summary = "Answers in a conversation, streamed or whole, and keeps the response.")
    @SecurityRequirement(name = Api.CLIENT)
    @RequestBody(required = true, content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "ResponseRequest")))
    @APIResponse(responseCode = "200", description = "The response; as events with 'stream'.", content = {
        @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Response")),
        @Content(mediaType = MediaType.SERVER_SENT_EVENTS)})
    @APIResponse(responseCode = "default", description = "An error.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces({MediaType.APPLICATION_JSON, MediaType.SERVER_SENT_EVENTS})
    public void create(@Context HttpServletRequest request, @Context HttpServletResponse response, @Suspended AsyncResponse suspended) {
        ResponseFormat format = new ResponseFormat(conversations, settings.maxMessages());
        answers.begin(request, response, suspended, format, format::read);
    }
}
