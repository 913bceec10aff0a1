package io.millrace.launcher.download;

import io.millrace.launcher.download.Reply.Published;
import java.io.IOException;
import java.net.Authenticator;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks for files, by GET and HTTP/1.1. Follows redirects itself: what proves who we are goes to the first origin only,
 * and nothing goes from https to http unless that was asked for. Used by one thread.
 */
final class Web implements AutoCloseable {

    private static final int MOST_REDIRECTS = 10;
    private static final Duration CONNECT = Duration.ofSeconds(15);

    private final HttpClient client;
    private final Duration stall;
    private final boolean plainAllowed;

    /** @param plainAllowed whether a redirect may leave https */
    Web(Proxies proxies, Duration stall, boolean plainAllowed) {
        // first of all: it sets what the client's classes read when they are loaded
        Optional<Authenticator> authenticator = proxies.authenticator();
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER).proxy(proxies);
        authenticator.ifPresent(builder::authenticator);
        this.client = builder.build();
        this.stall = stall;
        this.plainAllowed = plainAllowed;
    }

    /**
     * Asks for {@code from}.
     *
     * @throws IOException       when there is no answer; trying again may help
     * @throws DownloadException when a redirect leads nowhere
     */
    Reply get(Source source, URI from, Map<String, String> headers) throws IOException, DownloadException {
        Set<URI> seen = new HashSet<>();
        Published published = Published.NOTHING;
        URI address = from;
        while (seen.add(address)) {
            if (seen.size() > MOST_REDIRECTS + 1) {
                throw new DownloadException(source + " redirects more than " + MOST_REDIRECTS + " times, last to " + Source.shown(address) + ".");
            }
            boolean own = origin(address).equals(origin(source.address()));
            Reply reply = ask(address, headers, own ? source.proof() : Map.of());
            published = own && source.kind() == Source.Kind.HUGGING_FACE ? linked(reply.headers(), published) : published;
            if (!isRedirect(reply)) {
                return new Reply(address, reply.status(), reply.headers(), reply.body(), published);
            }
            reply.close();
            address = next(source, address, reply.header("Location"), plainAllowed);
        }
        throw new DownloadException(source + " redirects in a circle, back to " + Source.shown(address) + ": the address is wrong or its server is.");
    }

    private static boolean isRedirect(Reply reply) {
        return switch (reply.status()) {
            case 301, 302, 303, 307, 308 -> !reply.header("Location").isEmpty();
            default -> false;
        };
    }

    /** Where a redirect leads. */
    static URI next(Source source, URI address, String location, boolean plainAllowed) throws DownloadException {
        URI next;
        try {
            next = address.resolve(location.strip());
        } catch (IllegalArgumentException _) {
            throw new DownloadException(source + " redirects to what is no address.");
        }
        boolean web = "https".equalsIgnoreCase(next.getScheme()) || "http".equalsIgnoreCase(next.getScheme());
        if (!web || next.getHost() == null) {
            throw new DownloadException(source + " redirects to what is no web address (" + Reasons.printable(String.valueOf(next.getScheme())) + ").");
        }
        if ("https".equalsIgnoreCase(address.getScheme()) && "http".equalsIgnoreCase(next.getScheme()) && !plainAllowed) {
            throw new DownloadException(source + " redirects from https to " + Source.shown(next)
                    + ", where anybody on the way could change the file: if you trust it, say --allow-http.");
        }
        return next;
    }

    /** Hugging Face names the file behind the redirect: its SHA-256, where it is kept as a large file, and its size. */
    private static Published linked(HttpHeaders headers, Published before) {
        Published now = Published.of(headers.firstValue("X-Linked-Etag").orElse("").replaceAll("^W/|\"", ""),
                headers.firstValue("X-Linked-Size").map(size -> size.matches("\\d{1,18}") ? Long.parseLong(size) : 0).orElse(0L));
        return new Published(now.sha256().or(before::sha256), now.bytes().isPresent() ? now.bytes() : before.bytes());
    }

    private Reply ask(URI address, Map<String, String> headers, Map<String, String> proof) throws IOException, DownloadException {
        HttpRequest.Builder request;
        try {
            request = HttpRequest.newBuilder(address).header("Accept", "*/*").header("Accept-Encoding", "identity").header("User-Agent", "millrace");
        } catch (IllegalArgumentException e) {
            throw new DownloadException(Source.shown(address) + " can't be asked for: " + e.getMessage(), e);
        }
        headers.forEach(request::header);
        proof.forEach(request::header);
        // not the request's own timeout, which later JDKs let count for the body too
        CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> answer =
                client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofPublisher());
        try {
            HttpResponse<Flow.Publisher<List<ByteBuffer>>> response = answer.get(CONNECT.plus(stall).toMillis(), TimeUnit.MILLISECONDS);
            Body body = new Body(stall);
            response.body().subscribe(body);
            return new Reply(address, response.statusCode(), response.headers(), body, Published.NOTHING);
        } catch (TimeoutException _) {
            answer.cancel(true);
            throw new TryAgain(address.getHost() + " takes the request and does not answer");
        } catch (ExecutionException e) {
            throw new IOException(address.getHost() + ": " + Reasons.of(e.getCause()), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DownloadException("Interrupted while fetching " + Source.shown(address) + ".");
        }
    }

    private static String origin(URI address) {
        int usual = "https".equalsIgnoreCase(address.getScheme()) ? 443 : 80;
        return (address.getScheme() + "://" + address.getHost() + ":" + (address.getPort() < 0 ? usual : address.getPort())).toLowerCase(java.util.Locale.ROOT);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
