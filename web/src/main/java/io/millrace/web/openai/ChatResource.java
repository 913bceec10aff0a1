package io.millrace.web.openai;

import io.millrace.web.Api;
import io.millrace.web.WebSettings;
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

/** Chat completions. */
@Path(ChatReader.ENDPOINT)
public class ChatResource {

    private static final Format FORMAT = new ChatFormat();

    @Inject
    private Answers answers;

    @Inject
    private WebSettings settings;

    @POST
    @Operation(operationId = "createChatCompletion", summary = "Answers a conversation, streamed or whole.")
    @SecurityRequirement(name = Api.CLIENT)
    @RequestBody(required = true, content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "ChatRequest")))
    @APIResponse(responseCode = "200", description = "The answer; as events, each but the last a chunk, with 'stream'.", content = {
        @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "ChatCompletion")),
        @Content(mediaType = MediaType.SERVER_SENT_EVENTS)})
    @APIResponse(responseCode = "default", description = "An error.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces({MediaType.APPLICATION_JSON, MediaType.SERVER_SENT_EVENTS})
    public void create(@Context HttpServletRequest request, @Context HttpServletResponse response, @Suspended AsyncResponse suspended) {
        int maxMessages = settings.maxMessages();
        answers.begin(request, response, suspended, FORMAT,
                (body, caller, wishes) -> new ChatReader(body, caller, wishes, maxMessages).read());
    }
}
