package io.millrace.web.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.ejb.client.Keys;
import io.millrace.ejb.client.OwnLimits;
import io.millrace.ejb.lane.Lane;
import io.millrace.web.Api;
import io.millrace.web.error.ApiError;
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
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;

/** API keys: made, listed, limited, revoked. A key's secret is in the answer to its making and nowhere else. */
@SecurityRequirement(name = Api.OPERATOR)
@Path("/admin/keys")
@Produces(MediaType.APPLICATION_JSON)
public class KeyResource {

    private static final int LONGEST_NAME = 200;

    @Inject
    private Keys keys;

    @Inject
    private AdminBody bodies;

    /**
     * Body: {@code {"name": "team-a", "ceiling": "P1", "tokens_per_day": 100000}}; without a ceiling the key may go as
     * high as {@code P1}. The limits are those of {@link LimitFields}.
     */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(operationId = "createKey", summary = "Makes a key; the answer is the only place that shows its secret.")
    @APIResponse(responseCode = "201", description = "The key.")
    public Response create(@Context HttpServletRequest request) {
        Fields fields = bodies.of(request);
        String name = AdminBody.required(fields, "name");
        if (name.length() > LONGEST_NAME) {
            throw ApiError.invalid("name", "'name' must have at most " + LONGEST_NAME + " characters.");
        }
        Keys.Created key = keys.create(name, ceiling(fields.name("ceiling", LONGEST_NAME)), LimitFields.read(fields, OwnLimits.OF_SETTINGS));
        byte[] body = Json.bytes(json -> {
            json.writeStartObject();
            describe(json, key.id(), key.name(), key.ceiling(), key.created(), key.limits());
            json.writeStringField("secret", key.secret());
            json.writeEndObject();
        });
        return Response.status(Response.Status.CREATED).entity(body).header("Cache-Control", "no-store").build();
    }

    @GET
    @Operation(operationId = "listKeys", summary = "All keys, without their secrets.")
    @APIResponse(responseCode = "200", description = "The keys.")
    public byte[] list() {
        List<Keys.Listed> listed = keys.list();
        return Json.bytes(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("data");
            for (Keys.Listed key : listed) {
                describe(json, key);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /** Body: any of {@link LimitFields}; those that it doesn't name stay as they are. */
    @POST
    @Path("{id}/limits")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(operationId = "limitKey", summary = "Changes how much a key may use.")
    @APIResponse(responseCode = "200", description = "The key.")
    public byte[] limit(@PathParam("id") String id, @Context HttpServletRequest request) {
        Fields fields = bodies.of(request);
        Keys.Listed key = keys.limit(id, own -> LimitFields.read(fields, own)).orElseThrow(KeyResource::noSuchKey);
        return Json.bytes(json -> describe(json, key));
    }

    @DELETE
    @Path("{id}")
    @Operation(operationId = "revokeKey", summary = "Revokes a key for good.")
    @APIResponse(responseCode = "204", description = "It is revoked.")
    public void revoke(@PathParam("id") String id) {
        if (!keys.revoke(id)) {
            throw noSuchKey();
        }
    }

    private static ApiError noSuchKey() {
        return new ApiError(404, "invalid_request_error", "key_not_found", "id", "There is no key with this id.", 0);
    }

    private static Lane ceiling(String name) {
        if (name == null) {
            return Lane.P1;
        }
        return Arrays.stream(Lane.values()).filter(lane -> lane.name().equalsIgnoreCase(name)).findFirst()
                .orElseThrow(() -> ApiError.invalid("ceiling", "'ceiling' must be P0, P1, P2 or P3, not '" + name + "'."));
    }

    private static void describe(JsonGenerator json, Keys.Listed key) throws IOException {
        json.writeStartObject();
        describe(json, key.id(), key.name(), key.ceiling(), key.created(), key.limits());
        json.writeStringField("hint", key.hint());
        json.writeStringField("revoked", key.revoked() == null ? null : key.revoked().toString());
        json.writeEndObject();
    }

    private static void describe(JsonGenerator json, String id, String name, Lane ceiling, Instant created, OwnLimits limits)
            throws IOException {
        json.writeStringField("id", id);
        json.writeStringField("name", name);
        json.writeStringField("ceiling", ceiling.name());
        json.writeStringField("created", created.toString());
        LimitFields.write(json, limits);
    }
}
