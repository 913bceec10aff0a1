package io.millrace.launcher;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.time.Duration;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The operator's interface of a running server. Thread-safe. */
final class Operator {

    private static final Logger LOG = Logger.getLogger(Operator.class.getName());
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration MODEL_PATIENCE = Duration.ofMinutes(10);
    private static final Duration READY_PATIENCE = Duration.ofSeconds(3);
    private static final long POLL_MS = 50;
    /** How the application says that waiting helps. */
    private static final Pattern UNDER_WAY = Pattern.compile("(loading|starting|yet)$");

    private final Address address;
    private final String token;

    Operator(Address address, String token) {
        this.address = address;
        this.token = token;
    }

    /** The running server's interface. */
    static Operator of(DataFolder folder) {
        folder.running().orElseThrow(() -> new Failure("Millrace does not run on " + folder.root() + ": start it with ./millrace run."));
        Instance instance = Instance.read(folder).orElseThrow(() -> new Failure("Millrace is still starting: try again in a moment."));
        String token = DataFolder.read(folder.operatorToken())
                .orElseThrow(() -> new Failure("The operator's token is missing in " + folder.root() + ": restart with ./millrace stop and ./millrace run."));
        return new Operator(instance.address(), token);
    }

    /** One readiness answer: null when the server is ready, otherwise why it isn't. */
    String notReadyBecause() {
        try {
            Http.Reply reply = Http.send("GET", address.uri("/health/ready"), null, null, PATIENCE);
            return reply.ok() ? null : reasons(reply.body());
        } catch (IOException e) {
            return "it does not answer at " + address.url() + " (" + e.getMessage() + ")";
        }
    }

    /** Waits until the server is ready or it is no use to wait; null when it is ready, otherwise why it isn't. */
    String awaitReady() throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            String because = notReadyBecause();
            Duration patience = because != null && UNDER_WAY.matcher(because).find() ? MODEL_PATIENCE : READY_PATIENCE;
            if (because == null || System.nanoTime() - start > patience.toNanos()) {
                return because;
            }
            Thread.sleep(50);
        }
    }

    private static String reasons(String body) {
        StringJoiner reasons = new StringJoiner("; ").setEmptyValue("it is not ready");
        try {
            JsonObject health = Json.createReader(new StringReader(body)).readObject();
            for (JsonObject check : health.getJsonArray("checks").getValuesAs(JsonObject.class)) {
                if (!check.getString("status").equals("UP")) {
                    JsonValue data = check.getOrDefault("data", JsonValue.EMPTY_JSON_OBJECT);
                    reasons.add(data.asJsonObject().getString("reason", check.getString("name")));
                }
            }
        } catch (RuntimeException e) {
            LOG.fine("The readiness answer is no health document: " + e.getMessage());
        }
        return reasons.toString();
    }

    /** Makes the first API key when there is none yet. */
    Optional<String> firstKey() {
        if (!call("GET", "/admin/keys", null).getJsonArray("data").isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(createKey("first", "P0", new LimitOptions()).getString("secret"));
    }

    JsonObject createKey(String name, String ceiling, LimitOptions limits) {
        return call("POST", "/admin/keys", limits.addTo(Json.createObjectBuilder().add("name", name).add("ceiling", ceiling)).build());
    }

    /** Has new requests refused and waits for those in flight, at most {@code patience} and no longer than until {@code hurry}. */
    void drain(Duration patience, CountDownLatch hurry) {
        try {
            call("POST", "/admin/drain", null);
            await(patience, hurry, "inFlight");
        } catch (RuntimeException e) {
            LOG.warning("The application can't be drained: " + e.getMessage());
        }
    }

    /** Has the calls that are left fail, and waits until clients and audit know and the engines are closed, at most {@code patience}. */
    void end(Duration patience) {
        try {
            call("POST", "/admin/drain/end", null);
            if (!await(patience, new CountDownLatch(1), "inFlight", "unrecorded", "engines")) {
                LOG.warning("Not all is over after " + patience.toSeconds() + " s: " + call("GET", "/admin/drain", null));
            }
        } catch (RuntimeException e) {
            LOG.warning("The calls in flight can't be ended in order: " + e.getMessage());
        }
    }

    /** Whether all {@code counts} fell to 0 in time. */
    private boolean await(Duration patience, CountDownLatch hurry, String... counts) {
        long deadline = System.nanoTime() + patience.toNanos();
        try {
            while (System.nanoTime() < deadline && hurry.getCount() > 0) {
                JsonObject open = call("GET", "/admin/drain", null);
                if (Stream.of(counts).allMatch(count -> open.getInt(count) == 0)) {
                    return true;
                }
                hurry.await(POLL_MS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /**
     * One request to the operator's interface.
     *
     * @param body null for none
     * @return an empty object when the answer has no body
     */
    JsonObject call(String method, String path, JsonObject body) {
        Duration patience = path.startsWith("/admin/models") ? MODEL_PATIENCE : PATIENCE;
        try {
            Http.Reply reply = Http.send(method, address.uri(path), token, body == null ? null : body.toString(), patience);
            if (!reply.ok()) {
                throw new Failure("The server refused " + method + " " + path + " (" + reply.status() + "): " + message(reply.body()));
            }
            return reply.body().isBlank() ? JsonValue.EMPTY_JSON_OBJECT : Json.createReader(new StringReader(reply.body())).readObject();
        } catch (IOException e) {
            throw new Failure("The server at " + address.url() + " does not answer (" + e.getMessage() + "): ./millrace logs may show why.", e);
        }
    }

    /** Errors have OpenAI's form. */
    private static String message(String body) {
        try {
            return Json.createReader(new StringReader(body)).readObject().getJsonObject("error").getString("message");
        } catch (RuntimeException e) {
            return body.isBlank() ? "no reason given" : body.strip();
        }
    }
}
