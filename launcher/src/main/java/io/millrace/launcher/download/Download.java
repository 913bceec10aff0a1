package io.millrace.launcher.download;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.gguf.GgufFile;
import io.millrace.launcher.download.Reply.Published;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Fetches one file. It grows under {@code NAME.part}, over as many attempts as it takes, and gets its name only when it
 * is complete, has the checksum that was published or asked for, and has the header of a model. What an attempt brought
 * stays for the next one and for the next call. Used by one thread.
 */
public final class Download implements AutoCloseable {

    /**
     * What was fetched.
     *
     * @param published whether the hub published the same checksum
     * @param resumedAt bytes that were there from an earlier call
     * @param attempts  that it took
     */
    public record Result(Path file, long bytes, String sha256, boolean published, long resumedAt, int attempts) {}

    private final Source source;
    private final Limits limits;
    private final Watcher watcher;
    private final Web web;
    private final Attempts attempts;

    /** @param plainAllowed whether a redirect may lead from https to http */
    public Download(Source source, Proxies proxies, Limits limits, boolean plainAllowed, Watcher watcher) {
        this.source = source;
        this.limits = limits;
        this.watcher = watcher;
        this.web = new Web(proxies, limits.stall(), plainAllowed);
        this.attempts = new Attempts(source, limits, watcher);
    }

    /**
     * The name for the file, harmless and ending in {@code .gguf}: from the address, or from the server where the
     * address has none.
     */
    public String fileName() throws DownloadException {
        if (source.path().toLowerCase(Locale.ROOT).endsWith(".gguf") || source.kind() != Source.Kind.ADDRESS) {
            return FileName.harmless(source.path());
        }
        return attempts.at(() -> {
            try (Reply reply = web.get(source, source.address(), Map.of())) {
                if (reply.status() != 200) {
                    throw Refusal.of(source, reply);
                }
                return FileName.harmless(FileName.in(reply.header("Content-Disposition")).orElse(reply.address().getPath()));
            }
        }, () -> 0);
    }

    /**
     * Fetches the file to {@code target}, which must not exist.
     *
     * @param wanted SHA-256 that it must have, in small hexadecimal letters; empty: the one that the hub publishes, if
     *               it does
     * @throws DownloadException with a sentence that says what was wrong, what is kept, and what to do
     */
    public Result to(Path target, Optional<String> wanted) throws DownloadException {
        Optional<String> several = FileName.oneOfSeveral(source.path());
        if (several.isPresent()) {
            throw new DownloadException(source + " is " + several.get() + ", and Millrace serves models in one file: look for one that is not split, "
                    + "or fetch all parts, join them with llama-gguf-split --merge and add the result.");
        }
        Published listed = source.kind() == Source.Kind.MODEL_SCOPE ? attempts.at(() -> Listing.of(web, source), () -> 0) : Published.NOTHING;
        try (Part part = Part.open(target, source)) {
            Transfer transfer = new Transfer(source, web, limits, watcher, part, listed);
            transfer.forgetAnother();
            long resumedAt = part.length();
            if (resumedAt > 0) {
                watcher.tell("Going on at %,d bytes, where it broke off".formatted(resumedAt));
            }
            int count = complete(transfer, part);
            String sha256 = part.sha256();
            requireSha256(part, sha256, transfer.published(), wanted);
            requireModel(part);
            part.moveTo(target);
            return new Result(target, part.length(), sha256, transfer.published().sha256().filter(sha256::equals).isPresent(), resumedAt, count);
        } catch (IOException e) {
            throw new DownloadException(target + " can't be written (" + Reasons.of(e) + "): see that you may write there and that there is space.", e);
        }
    }

    private int complete(Transfer transfer, Part part) throws DownloadException {
        int[] count = {0};
        attempts.at(() -> {
            if (!transfer.isComplete()) {
                count[0]++;
                transfer.attempt();
            }
            return null;
        }, part::length);
        return count[0];
    }

    private void requireSha256(Part part, String actual, Published published, Optional<String> wanted) throws IOException, DownloadException {
        String expected = wanted.or(published::sha256).orElse(actual);
        if (!actual.equals(expected)) {
            part.delete();
            throw new DownloadException("What came from %s has the SHA-256 %s, and %s says %s: nothing of it is kept."
                    .formatted(source, actual, wanted.isPresent() ? "--sha256" : "the hub", expected));
        }
    }

    private void requireModel(Part part) throws IOException, DownloadException {
        try {
            GgufFile.read(part.file());
        } catch (EngineException e) {
            part.delete();
            throw new DownloadException("What came from %s, %,d bytes, can't be served and is not kept: %s".formatted(source, part.length(),
                    e.getMessage().replace(part.file().toString(), "it")), e);
        }
    }

    @Override
    public void close() {
        web.close();
    }
}
