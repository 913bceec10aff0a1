package io.millrace.web.admin;

import io.millrace.ejb.intake.Intake;
import io.millrace.web.Api;
import io.millrace.web.json.Json;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;

/** Before the server is stopped: it takes no new request, and {@code inFlight} falls to 0, by itself or because it is ended. */
@SecurityRequirement(name = Api.OPERATOR)
@Path("/admin/drain")
@Produces(MediaType.APPLICATION_JSON)
public class DrainResource {

    @Inject
    private Intake intake;

    @POST
    @Operation(operationId = "drain", summary = "From now on new requests are refused.")
    @APIResponse(responseCode = "200", description = "How it stands.")
    public byte[] drain() {
        intake.drain();
        return get();
    }

    @POST
    @Path("/end")
    @Operation(operationId = "endCalls", summary = "Calls in flight fail, are recorded, and their clients told; engines close.",
            description = "Answers at once: it is over when 'inFlight', 'unrecorded' and 'engines' are 0. Nothing is served afterwards.")
    @APIResponse(responseCode = "200", description = "How it stands.")
    public byte[] end() {
        intake.end();
        return get();
    }

    @GET
    @Operation(operationId = "getDrain", summary = "Whether the server drains, and how much is under way.")
    @APIResponse(responseCode = "200", description = "How it stands.")
    public byte[] get() {
        Intake.Open open = intake.open();
        return Json.bytes(json -> {
            json.writeStartObject();
            json.writeBooleanField("draining", intake.draining());
            json.writeNumberField("inFlight", open.answers());
            json.writeNumberField("unrecorded", open.records());
            json.writeNumberField("engines", open.engines());
            json.writeEndObject();
        });
    }
}
