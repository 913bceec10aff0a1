package io.millrace.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class ArchiveBucketTest {

    @Test
    void aBucketIsTheArchiveWhereItsNameIsSet() {
        assertEquals(Optional.empty(), load(Map.of("MILLRACE_ARCHIVE_ENDPOINT", "https://s3.example.com")));

        ArchiveBucket bucket = load(Map.of("MILLRACE_ARCHIVE_BUCKET", "my-bucket", "MILLRACE_ARCHIVE_ENDPOINT", "http://10.0.0.1:9000/",
                "MILLRACE_ARCHIVE_ACCESS_KEY", "minio", "MILLRACE_ARCHIVE_SECRET_KEY", "geheim", "MILLRACE_ARCHIVE_PREFIX", "team/a/")).orElseThrow();
        assertEquals(new ArchiveBucket("my-bucket", Optional.of(URI.create("http://10.0.0.1:9000")), "us-east-1", "team/a/", new Secret("minio"),
                new Secret("geheim"), true), bucket);
        assertFalse(bucket.toString().contains("geheim"));
    }

    @Test
    void saysWhichSettingIsWrong() {
        assertWrong("archive.bucket", Map.of("MILLRACE_ARCHIVE_BUCKET", "My_Bucket"));
        assertWrong("archive.endpoint", Map.of("MILLRACE_ARCHIVE_ENDPOINT", "s3.example.com"));
        assertWrong("archive.region", Map.of("MILLRACE_ARCHIVE_REGION", "us east"));
        assertWrong("archive.prefix", Map.of("MILLRACE_ARCHIVE_PREFIX", "no-slash"));
        assertWrong("archive.secret-key", Map.of("MILLRACE_ARCHIVE_ACCESS_KEY", "half"));
        assertWrong("archive.access-key", Map.of("MILLRACE_ARCHIVE_SECRET_KEY", "half"));
    }

    private static void assertWrong(String key, Map<String, String> env) {
        ConfigurationException e = assertThrows(ConfigurationException.class, () -> load(env));
        assertTrue(e.getMessage().startsWith(key), e.getMessage());
        assertFalse(e.getMessage().contains("half"), e.getMessage());
    }

    private static Optional<ArchiveBucket> load(Map<String, String> env) {
        return Configuration.load(Optional.empty(), env, new Properties()).archiveBucket();
    }
}
