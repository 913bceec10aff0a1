package io.millrace.web.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.ModelInfo;
import io.millrace.ejb.model.Engines;
import io.millrace.web.Api;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Json;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;

/** Which models are served, in full, and switching to another one. */
@SecurityRequirement(name = Api.OPERATOR)
@Path("/admin/models")
@Produces(MediaType.APPLICATION_JSON)
public class ModelSwitchResource {

    @Inject
    private Engines engines;

    @Inject
    private AdminBody bodies;

    @GET
    @Operation(operationId = "listServedModels", summary = "The models that answer now, in full.")
    @APIResponse(responseCode = "200", description = "The models.")
    public byte[] list() {
        List<ModelInfo> models = engines.models();
        return Json.bytes(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("data");
            for (ModelInfo model : models) {
                describe(json, model);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /** Body: {@code {"path": "/models/new.gguf"}}. Answers when the new model does; the old one finishes what it began. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(operationId = "useModel", summary = "Switches to another model file.")
    @APIResponse(responseCode = "200", description = "The model that answers now.")
    public byte[] use(@Context HttpServletRequest request) {
        String path = AdminBody.required(bodies.of(request), "path");
        try {
            ModelInfo model = engines.use(java.nio.file.Path.of(path));
            return Json.bytes(json -> describe(json, model));
        } catch (InvalidPathException e) {
            throw ApiError.invalid("path", "'path' is not a path on this machine.");
        } catch (EngineException e) {
            throw failure(e);
        }
    }

    private static ApiError failure(EngineException e) {
        return switch (e.code()) {
            case MODEL_MISSING, MODEL_DAMAGED, MODEL_UNSUPPORTED -> ApiError.invalid("path", e.getMessage());
            case NATIVE_LIBRARY, OUT_OF_MEMORY, GRAMMAR, TEMPLATE, SNAPSHOT, LOGITS, ENGINE_LOST ->
                new ApiError(500, "server_error", "engine_failed", null, e.getMessage(), 0);
        };
    }

    private static void describe(JsonGenerator json, ModelInfo model) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", model.name());
        json.writeStringField("architecture", model.architecture());
        json.writeStringField("quantisation", model.quantisation());
        json.writeNumberField("parameters", model.parameters());
        json.writeNumberField("weight_bytes", model.weightBytes());
        json.writeNumberField("vocabulary", model.vocabulary());
        json.writeNumberField("trained_context", model.trainedContext());
        json.writeNumberField("context_tokens", model.contextTokens());
        json.writeNumberField("slot_tokens", model.slotTokens());
        json.writeNumberField("slots", model.slots());
        json.writeNumberField("max_step_tokens", model.maxStepTokens());
        json.writeBooleanField("shifts", model.shifts());
        json.writeStringField("device", model.device());
        json.writeEndObject();
    }
}
