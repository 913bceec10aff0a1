package io.millrace.launcher.download;

import io.millrace.config.DataSize;
import io.millrace.launcher.download.Reply.Published;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Brings a {@link Part} further, by one request at a time: from where it ends if the server can do that and still has
 * the same file (RFC 9110, 13.1.5 and 14), else from its start. Used by the thread that downloads.
 */
final class Transfer {

    /** How much is written between two looks at the free space. */
    private static final long SPACE_STEP = 32 << 20;
    private static final byte[] MAGIC = {'G', 'G', 'U', 'F'};
    private static final int HEAD_BYTES = 4096;

    private final Source source;
    private final Web web;
    private final Limits limits;
    private final Watcher watcher;
    private final Part part;
    private Published published;
    private long spaceSeenAt;
    private boolean magicSeen;

    /** @param published what the hub's list says of the file */
    Transfer(Source source, Web web, Limits limits, Watcher watcher, Part part, Published published) {
        this.source = source;
        this.web = web;
        this.limits = limits;
        this.watcher = watcher;
        this.part = part;
        this.published = published;
    }

    /** What the hub said of the file, in its list or with the last answer. */
    Published published() {
        return published;
    }

    /** Throws away what an earlier call left of another version. */
    void forgetAnother() throws IOException {
        String before = part.version().map(Version::sha256).orElse("");
        if (!before.isEmpty() && published.sha256().filter(now -> !now.equals(before)).isPresent()) {
            watcher.tell("The file has changed since it was begun, so it is fetched from its start");
            part.restart();
        }
    }

    boolean isComplete() {
        return part.length() > 0 && part.version().filter(known -> known.bytes() == part.length()).isPresent();
    }

    /**
     * One request, as far as it brings us. Returns when the file is complete.
     *
     * @throws IOException       when another request may bring the rest
     * @throws DownloadException when none will
     */
    void attempt() throws IOException, DownloadException {
        Optional<Version> known = part.version().filter(version -> part.length() > 0 && version.canGoOn());
        if (known.isEmpty() && part.length() > 0) {
            part.restart();
        }
        Map<String, String> headers = new HashMap<>();
        known.ifPresent(version -> {
            headers.put("Range", "bytes=" + part.length() + "-");
            // with a published checksum a mistake would be noticed, and a hub's mirrors may differ in their validators
            if (version.sha256().isEmpty()) {
                headers.put("If-Range", version.validator().orElseThrow());
            }
        });
        try (Reply reply = web.get(source, source.address(), headers)) {
            if (source.kind() == Source.Kind.HUGGING_FACE) {
                published = reply.published();
            }
            begin(known, reply);
            receive(reply);
        }
    }

    /** Brings the part to where the answer begins. */
    private void begin(Optional<Version> known, Reply reply) throws IOException, DownloadException {
        if (reply.status() == 416) {
            part.restart();
            throw new TryAgain("the server has less than what was fetched, so it is fetched from its start");
        }
        if (reply.status() != 200 && reply.status() != 206) {
            throw Refusal.of(source, reply);
        }
        if (!reply.header("Content-Encoding").matches("|identity")) {
            throw new DownloadException(source + " comes packed (" + Reasons.printable(reply.header("Content-Encoding")) + ") although it was asked for as it is.");
        }
        Version now = Version.of(source, reply, published.sha256());
        if (reply.status() == 206) {
            requireSame(known, reply, now);
        } else if (part.length() > 0) {
            watcher.tell(known.filter(version -> version.etag().equals(now.etag()) && version.bytes() == now.bytes()).isPresent()
                    ? "The server can't go on in the middle, so it is fetched from its start"
                    : "The file has changed since it was begun, so it is fetched from its start");
            part.restart();
        }
        part.remember(now.withBytes(bytes(reply, now)));
    }

    /** Of the whole file, by the hub and by the server; −1 when neither says it. */
    private long bytes(Reply reply, Version now) throws DownloadException {
        OptionalLong hub = published.bytes();
        if (hub.isPresent() && now.bytes() >= 0 && hub.getAsLong() != now.bytes()) {
            throw new DownloadException("The hub says that %s has %,d bytes, and %s sends %,d: it is not the same file."
                    .formatted(source, hub.getAsLong(), reply.address().getHost(), now.bytes()));
        }
        return hub.orElse(now.bytes());
    }

    private void requireSame(Optional<Version> known, Reply reply, Version now) throws IOException {
        boolean same = known.filter(version -> version.sha256().equals(now.sha256())
                && (!version.sha256().isEmpty() || version.etag().equals(now.etag()))
                && (version.bytes() < 0 || now.bytes() < 0 || version.bytes() == now.bytes())).isPresent();
        if (!same || reply.start() != part.length()) {
            part.restart();
            throw new TryAgain(same ? "the server goes on at another place than was asked for" : "the file has changed since it was begun");
        }
    }

    private void receive(Reply reply) throws IOException, DownloadException {
        long total = part.version().orElseThrow().bytes();
        requireSpace(total);
        for (List<ByteBuffer> piece = reply.body().next(); !piece.isEmpty(); piece = reply.body().next()) {
            for (ByteBuffer buffer : piece) {
                append(buffer, total);
            }
            requireMagic(reply);
            if (part.length() - spaceSeenAt >= SPACE_STEP) {
                requireSpace(total);
            }
            watcher.at(part.length(), total);
        }
        if (total >= 0 && part.length() < total) {
            throw new TryAgain("the server ends after %,d of %,d bytes".formatted(part.length(), total));
        }
        if (part.length() < MAGIC.length) {
            throw noModel(reply);
        }
    }

    private void append(ByteBuffer buffer, long total) throws IOException, DownloadException {
        if (total >= 0 && part.length() + buffer.remaining() > total) {
            part.delete();
            throw new DownloadException("%s sends more than the %,d bytes that it announced: nothing of it is kept.".formatted(source, total));
        }
        part.append(buffer);
    }

    private void requireMagic(Reply reply) throws IOException, DownloadException {
        if (!magicSeen && part.length() >= MAGIC.length) {
            if (!Arrays.equals(part.head(MAGIC.length), MAGIC)) {
                throw noModel(reply);
            }
            magicSeen = true;
        }
    }

    private DownloadException noModel(Reply reply) throws IOException {
        byte[] head = part.head(HEAD_BYTES);
        part.delete();
        return Refusal.noModel(source, reply.header("Content-Type"), head);
    }

    private void requireSpace(long total) throws DownloadException {
        spaceSeenAt = part.length();
        long needed = Math.max(0, total - part.length()) + limits.reserve();
        long free = limits.free().getAsLong();
        if (free < needed) {
            String later = part.length() > 0 ? " The same command then goes on at " + new DataSize(part.length()).rounded() + "." : "";
            throw new DownloadException(("There is not enough space for %s: it needs %s (%s of them are to stay free), and the disk has %s."
                    + " Make room, or choose another disk with --data.%s").formatted(source, new DataSize(needed).rounded(),
                    new DataSize(limits.reserve()).rounded(), new DataSize(Math.max(0, free)).rounded(), later));
        }
    }
}
