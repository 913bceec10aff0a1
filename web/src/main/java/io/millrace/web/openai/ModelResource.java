package io.millrace.web.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.connector.engine.ModelInfo;
import io.millrace.ejb.model.Engines;
import io.millrace.ejb.region.Regions;
import io.millrace.web.Api;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Json;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;

/** The models that answer at this moment. */
@Path("/v1/models")
@Produces(MediaType.APPLICATION_JSON)
public class ModelResource {

    @Inject
    private Engines engines;
    @Inject
    private Regions regions;

    /** @param context tokens; 0: its region doesn't say */
    private record Served(String name, int context) {}

    @GET
    @Operation(operationId = "listModels", summary = "The models that answer now.")
    @SecurityRequirement(name = Api.CLIENT)
    @APIResponse(responseCode = "200", description = "A list.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Models")))
    public byte[] list() {
        List<Served> models = served();
        return Json.bytes(json -> {
            json.writeStartObject();
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            for (Served model : models) {
                write(json, model);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /** A model's name may hold slashes. */
    @GET
    @Path("{id: .+}")
    @Operation(operationId = "retrieveModel", summary = "One of the models that answer now.")
    @SecurityRequirement(name = Api.CLIENT)
    @APIResponse(responseCode = "200", description = "The model.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Model")))
    @APIResponse(responseCode = "404", description = "There is no such model.", content = @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "Error")))
    public byte[] get(@PathParam("id") String id) {
        Served model = served().stream().filter(m -> m.name().equals(id)).findFirst()
                .orElseThrow(() -> new ApiError(404, "invalid_request_error", "model_not_found", "model",
                        "There is no model '" + id + "' here; GET /v1/models lists those that are.", 0));
        return Json.bytes(json -> write(json, model));
    }

    private List<Served> served() {
        List<Served> models = new ArrayList<>();
        for (ModelInfo model : engines.models()) {
            models.add(new Served(model.name(), model.slotTokens()));
        }
        regions.outbound().models().stream().filter(name -> models.stream().noneMatch(model -> model.name().equals(name)))
                .forEach(name -> models.add(new Served(name, 0)));
        return models;
    }

    private static void write(JsonGenerator json, Served model) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", model.name());
        json.writeStringField("object", "model");
        json.writeNumberField("created", 0);
        json.writeStringField("owned_by", "millrace");
        if (model.context() > 0) {
            json.writeNumberField("context_length", model.context());
        }
        json.writeEndObject();
    }
}
