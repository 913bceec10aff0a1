package io.millrace.launcher.download;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An answer whose body is still to be read.
 *
 * @param address   that answered in the end, after redirects
 * @param published what the hub itself said of the file on the way
 */
record Reply(URI address, int status, HttpHeaders headers, Body body, Published published) implements AutoCloseable {

    /** What a hub tells of a file beside its content; a checksum is in small hexadecimal letters. */
    record Published(Optional<String> sha256, OptionalLong bytes) {
        static final Published NOTHING = new Published(Optional.empty(), OptionalLong.empty());

        private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

        static Published of(String sha256, long bytes) {
            String text = sha256.strip().toLowerCase(java.util.Locale.ROOT);
            return new Published(Optional.of(text).filter(hex -> SHA_256.matcher(hex).matches()), bytes > 0 ? OptionalLong.of(bytes) : OptionalLong.empty());
        }
    }

    private static final Pattern RANGE = Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18}|\\*)");

    String header(String name) {
        return headers.firstValue(name).orElse("");
    }

    /** Bytes of the whole file as this answer announces them. */
    OptionalLong announced() {
        if (status == 206) {
            Matcher range = RANGE.matcher(header("Content-Range"));
            return range.matches() && !range.group(2).equals("*") ? OptionalLong.of(Long.parseLong(range.group(2))) : OptionalLong.empty();
        }
        return headers.firstValueAsLong("Content-Length");
    }

    /** Where a partial answer begins; −1 when it does not say. */
    long start() {
        Matcher range = RANGE.matcher(header("Content-Range"));
        return range.matches() ? Long.parseLong(range.group(1)) : -1;
    }

    @Override
    public void close() {
        body.close();
    }
}
