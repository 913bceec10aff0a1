package io.millrace.persistence.archive;

import io.millrace.config.ArchiveBucket;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The objects of a bucket of an S3-compatible store whose keys begin with a prefix, here called by what comes after it.
 * Thread-safe; every method blocks on the store, tries again what may pass, and throws an {@link ArchiveException} where that
 * doesn't help.
 */
final class Bucket implements AutoCloseable {

    private static final Duration ATTEMPT = Duration.ofSeconds(10);
    private static final Duration CALL = Duration.ofSeconds(30);

    private final S3Client client;
    private final String name;
    private final String prefix;

    Bucket(ArchiveBucket settings) {
        this.name = settings.name();
        this.prefix = settings.prefix();
        var builder = S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .region(Region.of(settings.region()))
                .credentialsProvider(credentials(settings))
                .forcePathStyle(settings.pathStyle())
                // what is archived carries its own seal; stores other than Amazon's often don't know these
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .overrideConfiguration(override -> override.apiCallAttemptTimeout(ATTEMPT).apiCallTimeout(CALL));
        settings.endpoint().ifPresent(builder::endpointOverride);
        client = builder.build();
    }

    private static AwsCredentialsProvider credentials(ArchiveBucket settings) {
        return settings.accessKey().isSet()
                ? StaticCredentialsProvider.create(AwsBasicCredentials.create(settings.accessKey().reveal(), settings.secretKey().reveal()))
                : DefaultCredentialsProvider.builder().build();
    }

    void put(String object, byte[] content) {
        call("write to", () -> client.putObject(request -> request.bucket(name).key(prefix + object), RequestBody.fromBytes(content)));
    }

    Optional<byte[]> get(String object) {
        return call("read from", () -> {
            try {
                return Optional.of(client.getObjectAsBytes(request -> request.bucket(name).key(prefix + object)).asByteArrayUnsafe());
            } catch (NoSuchKeyException _) {
                return Optional.empty();
            }
        });
    }

    void delete(String object) {
        call("delete from", () -> client.deleteObject(request -> request.bucket(name).key(prefix + object)));
    }

    /**
     * In the order of their names' bytes; asks the store for more as it is read, in pages.
     *
     * @param begin what they begin with
     * @param after only those after this name; null: all
     */
    Stream<String> list(String begin, String after, int page) {
        ListObjectsV2Request request = ListObjectsV2Request.builder().bucket(name).prefix(prefix + begin)
                .startAfter(after == null ? null : prefix + after).maxKeys(Math.clamp(page, 1, 1000)).build();
        return client.listObjectsV2Paginator(request).contents().stream().map(S3Object::key).map(key -> key.substring(prefix.length()));
    }

    /** Whether it keeps what was deleted or replaced. */
    boolean keepsVersions() {
        return call("ask for the versions of", () -> client.getBucketVersioning(request -> request.bucket(name)).status()) == BucketVersioningStatus.ENABLED;
    }

    /** Calls the store, as all methods but {@link #list} do by themselves. */
    <T> T call(String what, Supplier<T> work) {
        try {
            return work.get();
        } catch (SdkException e) {
            throw new ArchiveException("Could not " + what + " " + this + ": " + reason(e), e);
        }
    }

    private static String reason(SdkException e) {
        return e instanceof AwsServiceException answer && answer.awsErrorDetails() != null
                ? answer.awsErrorDetails().errorCode() + " (status " + answer.statusCode() + "): " + answer.awsErrorDetails().errorMessage()
                : e.getMessage();
    }

    @Override
    public String toString() {
        return "bucket " + name;
    }

    @Override
    public void close() {
        client.close();
    }
}
