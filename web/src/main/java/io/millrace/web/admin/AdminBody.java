package io.millrace.web.admin;

import io.millrace.web.error.ApiError;
import io.millrace.web.http.Bodies;
import io.millrace.web.json.Fields;
import io.millrace.web.json.Json;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;

/** Reads the operator's requests, as strictly as a client's. */
@ApplicationScoped
class AdminBody {

    private static final int LONGEST = 4096;

    @Inject
    Bodies bodies;

    Fields of(HttpServletRequest request) {
        return bodies.read(request, body -> new Fields(Json.object(body)));
    }

    /** A field that must be there. */
    static String required(Fields fields, String name) {
        String value = fields.name(name, LONGEST);
        if (value == null || value.isBlank()) {
            throw ApiError.invalid(name, "'" + name + "' is missing.");
        }
        return value;
    }
}
