package io.millrace.web.openai;

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

/** Chat completions. */
@Path(ChatReader.ENDPOINT)
public class ChatResource {

    private static final Format FORMAT = new ChatFormat();

    @Inject
    private Answers answers;

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces({MediaType.APPLICATION_JSON, MediaType.SERVER_SENT_EVENTS})
    public void create(@Context HttpServletRequest request, @Context HttpServletResponse response, @Suspended AsyncResponse suspended) {
        answers.begin(request, response, suspended, FORMAT, (body, caller, priority) -> new ChatReader(body, caller, priority).read());
    }
}
