package io.millrace.connector.http;

import io.millrace.connector.remote.HttpVersion;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteModel;
import io.millrace.connector.remote.RemoteException.Code;
import io.millrace.connector.remote.RemoteSpec;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One server and the sockets that are kept to it, for all connections of an equal spec. No proxy, no redirect, no
 * cookie, no credentials but the key. Thread-safe.
 */
public final class Server {

    /** Most bytes of a list of models. */
    static final int MOST_LIST_BYTES = 1 << 20;
    private static final String AGENT = "Millrace";

    private final RemoteSpec spec;
    private final ExecutorService executor = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("remote-", 0).factory());
    private final HttpClient client;
    private final Sockets sockets;

    /** @throws RemoteException with {@code CONNECT} when the spec's authorities can't be read */
    Server(RemoteSpec spec) throws RemoteException {
        this.spec = spec;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .executor(executor)
                .connectTimeout(spec.connectTimeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .version(version(spec));
        if (spec.authorities() != null) {
            builder.sslContext(Authorities.trusting(spec.authorities()));
        }
        this.client = builder.build();
        this.sockets = new Sockets(spec);
    }

    private static HttpClient.Version version(RemoteSpec spec) {
        boolean newer = spec.http() == HttpVersion.HTTP_2 || spec.http() == HttpVersion.AUTO && spec.base().getScheme().equals("https");
        return newer ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1;
    }

    public RemoteSpec spec() {
        return spec;
    }

    /** As {@link io.millrace.connector.remote.RemoteConnection#send}. */
    public HttpAnswer send(RemoteCall call) throws RemoteException {
        CallBody body = CallBody.of(spec.name(), spec.dialect(), call);
        return new HttpAnswer(spec.name(), Discretion.of(spec.key(), call), bare() ? ofSocket(body) : ofClient(body));
    }

    /** Whether HTTP/1.1 is spoken without TLS: then the reader's own thread reads the socket, with nobody between them. */
    private boolean bare() {
        return spec.http() != HttpVersion.HTTP_2 && spec.base().getScheme().equals("http");
    }

    private Inflow ofSocket(CallBody body) {
        URI address = address(body);
        String head = "POST " + address.getRawPath() + " HTTP/1.1\r\nHost: " + address.getRawAuthority() + "\r\nUser-Agent: " + AGENT
                + (spec.key() == null ? "" : "\r\nAuthorization: Bearer " + spec.key())
                + "\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: " + body.json().length + "\r\n\r\n";
        byte[] ascii = head.getBytes(StandardCharsets.US_ASCII);
        byte[] request = Arrays.copyOf(ascii, ascii.length + body.json().length);
        System.arraycopy(body.json(), 0, request, ascii.length, body.json().length);
        return new SocketInflow(sockets, executor, request);
    }

    private Inflow ofClient(CallBody body) {
        return new ClientInflow(client, request(address(body)).header("Content-Type", "application/json").header("Accept", "text/event-stream")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.json())).build());
    }

    private URI address(CallBody body) {
        String base = spec.base().toString();
        boolean elsewhere = body.beta() && !base.endsWith("/beta");
        return URI.create((elsewhere ? withoutVersion(base) + "/beta" : base) + '/' + body.path());
    }

    private static String withoutVersion(String base) {
        return base.endsWith("/v1") ? base.substring(0, base.length() - "/v1".length()) : base;
    }

    private HttpRequest.Builder request(URI address) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address).header("User-Agent", AGENT);
        return spec.key() == null ? request : request.header("Authorization", "Bearer " + spec.key());
    }

    /** As {@link io.millrace.connector.remote.RemoteConnection#models}. */
    public List<RemoteModel> models(Duration patience) throws RemoteException {
        HttpRequest request = request(URI.create(spec.base() + "/models")).header("Accept", "application/json").GET().build();
        CompletableFuture<HttpResponse<String>> sent =
                client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofString(StandardCharsets.UTF_8), MOST_LIST_BYTES));
        try {
            return models(sent.get(TimeUnit.NANOSECONDS.convert(patience), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            sent.cancel(true);
            throw new RemoteException(Code.UNAVAILABLE, spec.name() + " did not list its models within " + patience.toMillis() + " ms");
        } catch (ExecutionException e) {
            throw Failures.of(spec.name(), e, false);
        } catch (InterruptedException e) {
            sent.cancel(true);
            Thread.currentThread().interrupt();
            throw new RemoteException(Code.CLOSED, "interrupted while " + spec.name() + " listed its models", e);
        }
    }

    private List<RemoteModel> models(HttpResponse<String> response) throws RemoteException {
        int status = response.statusCode();
        if (status == 404 || status == 405) {
            return List.of();
        }
        if (status != 200) {
            throw Refusals.answered(spec.name(), status, response.headers().firstValue("retry-after").orElse(null),
                    ErrorBody.parse(response.body()), new Discretion(spec.key(), List.of()), Instant.now());
        }
        try (JsonReader reader = Json.createReader(new StringReader(response.body()))) {
            JsonArray data = reader.readObject().getJsonArray("data");
            return data == null ? List.of() : data.getValuesAs(JsonObject.class).stream()
                    .filter(model -> model.get("id") instanceof JsonString)
                    .map(model -> new RemoteModel(model.getString("id"), model.getString("owned_by", ""))).toList();
        } catch (JsonException | ClassCastException e) {
            throw new RemoteException(Code.GARBAGE, spec.name() + " sent a list of models that is none");
        }
    }

    /** Breaks off whatever is under way, and closes the sockets. */
    void close() {
        sockets.close();
        client.shutdownNow();
        executor.shutdown();
    }
}
