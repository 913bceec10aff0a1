package io.millrace.tests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A client of one stream that says that it can come back, loses its connection when it is told to, and comes back with the
 * last id. It speaks HTTP/1.0, so that the events come as they are. Owned by one thread, but for {@link #awaitText}.
 */
public final class ReturningClient {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PATIENCE_MS = 30_000;

    private final String key;
    private final String body;
    private final StringBuilder reasoning = new StringBuilder();
    private final TreeMap<Integer, StringBuilder> texts = new TreeMap<>();
    private final TreeMap<Integer, String> finishes = new TreeMap<>();
    private final Set<String> callIds = new HashSet<>();
    private final CountDownLatch begun = new CountDownLatch(1);
    private String lastId;
    private int status;
    private JsonNode usage;
    private JsonNode error;
    private boolean done;
    private int usages;
    private int openings;

    public ReturningClient(String key, ObjectNode body) {
        this.key = key;
        this.body = body.deepCopy().put("stream", true).set("stream_options", JSON.createObjectNode().put("include_usage", true)).toString();
    }

    /** Asks, or comes back, and reads to the end. */
    public ReturningClient read(MillraceServer server) throws IOException {
        return read(server, Integer.MAX_VALUE);
    }

    /** The same, and breaks off with a reset as soon as it has so many characters of the first choice or the reasoning before it. */
    public ReturningClient read(MillraceServer server, int characters) throws IOException {
        try (Socket socket = connect(server)) {
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8), 256);
            status = Integer.parseInt(in.readLine().substring(9, 12));
            String id = null;
            try {
                for (String line = in.readLine(); line != null && reasoning.length() + text().length() < characters; line = in.readLine()) {
                    if (line.startsWith("id: ")) {
                        id = line.substring(4);
                    } else if (line.equals("data: [DONE]")) {
                        done = true;
                    } else if (line.startsWith("data: ") || line.startsWith("{")) {
                        take(JSON.readTree(line.substring(line.indexOf('{'))));
                        lastId = id == null ? lastId : id;
                    }
                }
            } catch (java.net.SocketException e) {
                // a reset: what came before it tells
            }
            if (!done) {
                socket.setSoLinger(true, 0);
            }
            return this;
        }
    }

    /** Connects and sends the request. */
    public Socket connect(MillraceServer server) throws IOException {
        Socket socket = new Socket("127.0.0.1", server.port());
        socket.setSoTimeout(PATIENCE_MS);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        socket.getOutputStream().write(("POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer " + key
                + "\r\nContent-Type: application/json\r\nX-Millrace-Resume: true\r\n" + (lastId == null ? "" : "Last-Event-ID: " + lastId + "\r\n")
                + "Content-Length: " + bytes.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return socket;
    }

    private void take(JsonNode frame) {
        if (frame.has("error")) {
            error = frame.get("error");
            return;
        }
        callIds.add(frame.get("id").asText());
        if (frame.hasNonNull("usage")) {
            usage = frame.get("usage");
            usages++;
        }
        for (JsonNode choice : frame.get("choices")) {
            int index = choice.get("index").asInt();
            reasoning.append(choice.at("/delta/reasoning_content").asText(""));
            texts.computeIfAbsent(index, _ -> new StringBuilder()).append(choice.at("/delta/content").asText(""));
            openings += choice.at("/delta").has("role") ? 1 : 0;
            if (!texts.get(index).isEmpty()) {
                begun.countDown();
            }
            if (choice.hasNonNull("finish_reason")) {
                finishes.merge(index, choice.get("finish_reason").asText(), (one, other) -> one + "+" + other);
            }
        }
    }

    /** Waits, on any thread, until it has read something; false when it hasn't for too long. */
    public boolean awaitText() throws InterruptedException {
        return begun.await(PATIENCE_MS, TimeUnit.MILLISECONDS);
    }

    /** Another client with the same place in the same answer. */
    public ReturningClient as(String otherKey, ObjectNode otherBody) {
        ReturningClient other = new ReturningClient(otherKey, otherBody);
        other.lastId = lastId;
        return other;
    }

    public String text() {
        return text(0);
    }

    public String text(int choice) {
        return texts.getOrDefault(choice, new StringBuilder()).toString();
    }

    /** Of all choices. */
    public String reasoning() {
        return reasoning.toString();
    }

    /** Of the last connection. */
    public int status() {
        return status;
    }

    public String lastId() {
        return lastId;
    }

    /** The one id that all chunks had; null where none or several came. */
    public String callId() {
        return callIds.size() == 1 ? callIds.iterator().next() : null;
    }

    public JsonNode error() {
        return error;
    }

    public JsonNode usage() {
        return usage;
    }

    public boolean done() {
        return done;
    }

    /** What must be the same whether connections were lost or not: texts, ends, usage, and how often each came. */
    public String whole() {
        return texts + "|" + finishes + "|" + (usage == null ? null : usage.get("prompt_tokens") + "+" + usage.get("completion_tokens"))
                + "|" + usages + " usages, " + openings + " openings|" + done;
    }
}
