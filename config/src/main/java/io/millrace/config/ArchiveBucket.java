package io.millrace.config;

import java.net.URI;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The bucket of an S3-compatible store that is the archive. Immutable.
 *
 * @param endpoint  of the store; empty: Amazon's in that region
 * @param prefix    of the keys of all objects
 * @param accessKey not set: credentials are looked for as Amazon's tools do
 * @param pathStyle whether the bucket's name stands in the path, not in the host's name
 */
public record ArchiveBucket(String name, Optional<URI> endpoint, String region, String prefix, Secret accessKey, Secret secretKey, boolean pathStyle) {

    /** A longer one leaves no room for a conversation's name: a key has at most 1,024 bytes. */
    private static final int LONGEST_PREFIX = 256;
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern REGION = Pattern.compile("[A-Za-z0-9-]{1,64}");
    private static final Pattern PREFIX = Pattern.compile("([A-Za-z0-9_.-]+/)+");

    /** Empty where none is set: then the archive is in the database. */
    static Optional<ArchiveBucket> read(Values values) {
        String name = values.text("archive.bucket");
        values.require(name.isEmpty() || NAME.matcher(name).matches(), "archive.bucket",
                "the name of a bucket: 3 to 63 small letters, digits, points and hyphens");
        Optional<URI> endpoint = Optional.of("archive.endpoint").filter(key -> !values.text(key).isEmpty()).map(values::address);
        String region = values.text("archive.region");
        values.require(REGION.matcher(region).matches(), "archive.region", "a region such as us-east-1 or cn-north-1");
        String prefix = values.text("archive.prefix", 1, LONGEST_PREFIX);
        values.require(PREFIX.matcher(prefix).matches(), "archive.prefix", "folders such as millrace/ or team/millrace/");
        Secret access = values.secret("archive.access-key", 1, 256);
        Secret secret = values.secret("archive.secret-key", 1, 256);
        if (access.isSet() != secret.isSet()) {
            throw values.hidden(secret.isSet() ? "archive.access-key" : "archive.secret-key", "both archive.access-key and archive.secret-key, or neither");
        }
        boolean pathStyle = values.flag("archive.path-style");
        return name.isEmpty() ? Optional.empty() : Optional.of(new ArchiveBucket(name, endpoint, region, prefix, access, secret, pathStyle));
    }
}
