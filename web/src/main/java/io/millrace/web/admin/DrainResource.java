package io.millrace.web.admin;

import io.millrace.ejb.intake.Intake;
import io.millrace.web.json.Json;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

/** Before the server is stopped: it takes no new request, and {@code inFlight} falls to 0. */
@Path("/admin/drain")
@Produces(MediaType.APPLICATION_JSON)
public class DrainResource {

    @Inject
    private Intake intake;

    @POST
    public byte[] drain() {
        intake.drain();
        return get();
    }

    @GET
    public byte[] get() {
        return Json.bytes(json -> {
            json.writeStartObject();
            json.writeBooleanField("draining", intake.draining());
            json.writeNumberField("inFlight", intake.inFlight());
            json.writeEndObject();
        });
    }
}
