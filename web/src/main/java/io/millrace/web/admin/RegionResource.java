package io.millrace.web.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.ejb.region.RegionState;
import io.millrace.ejb.region.Regions;
import io.millrace.web.Api;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Json;
import jakarta.inject.Inject;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;

/** The regions elsewhere, and taking one out of service. */
@SecurityRequirement(name = Api.OPERATOR)
@Path("/admin/regions")
@Produces(MediaType.APPLICATION_JSON)
public class RegionResource {

    @Inject
    private Regions regions;

    @GET
    @Operation(operationId = "listRegions", summary = "The regions elsewhere and how they are.")
    @APIResponse(responseCode = "200", description = "The regions.")
    public byte[] list() {
        return Json.bytes(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("data");
            for (RegionState state : regions.states()) {
                describe(json, state);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    @POST
    @Path("{name}/drain")
    @Operation(operationId = "drainRegion", summary = "Sends nothing new to a region; what runs there finishes.")
    @APIResponse(responseCode = "200", description = "The regions.")
    public byte[] drain(@PathParam("name") String name) {
        require(regions.drain(name, true), name);
        return list();
    }

    @DELETE
    @Path("{name}/drain")
    @Operation(operationId = "undrainRegion", summary = "Puts a region into service again.")
    @APIResponse(responseCode = "200", description = "The regions.")
    public byte[] undrain(@PathParam("name") String name) {
        require(regions.drain(name, false), name);
        return list();
    }

    /** For notices that a spot machine is about to be taken away. */
    @POST
    @Path("{name}/reclaim")
    @Operation(operationId = "reclaimRegion", summary = "A region is about to vanish: nothing new goes there, and what runs there goes on elsewhere at once.")
    @APIResponse(responseCode = "200", description = "The regions.")
    public byte[] reclaim(@PathParam("name") String name) {
        require(regions.reclaim(name), name);
        return list();
    }

    private static void require(boolean known, String name) {
        if (!known) {
            throw new ApiError(404, "invalid_request_error", "region_not_found", "name", "There is no region '" + name
                    + "' elsewhere; GET /admin/regions lists those that are.", 0);
        }
    }

    private static void describe(JsonGenerator json, RegionState state) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", state.name());
        json.writeStringField("url", state.url());
        json.writeStringField("dialect", state.dialect());
        json.writeStringField("state", state.state());
        json.writeBooleanField("drained", state.drained());
        json.writeStringField("trouble", state.trouble());
        json.writeNumberField("running", state.running());
        json.writeNumberField("waiting", state.waiting());
        json.writeNumberField("silence_ms", state.silenceMs());
        json.writeNumberField("opened", state.opened());
        json.writeArrayFieldStart("models");
        for (String model : state.models()) {
            json.writeString(model);
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
