package io.millrace.persistence.archive;

import io.millrace.config.ArchiveBucket;
import io.millrace.config.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;

/** A real S3 store on loopback with one bucket in it. */
public final class TestStore implements AutoCloseable {

    public static final String BUCKET = "archive";
    private static final String ACCESS = "access";
    private static final String SECRET = "secret";

    private final BlobStore objects;
    private final S3Proxy server;

    /** With its objects as files of a folder. */
    public static TestStore in(Path folder) throws Exception {
        TestStore store = new TestStore(new FilesystemNio2BlobStore(folder.toString()));
        store.objects.createContainer(BUCKET);
        return store;
    }

    /** Its bucket keeps what is deleted. */
    static TestStore thatKeepsVersions() throws Exception {
        TestStore store = new TestStore(new TransientNio2BlobStore());
        store.objects.createContainer(BUCKET);
        store.objects.putBucketVersioning(BUCKET, BucketVersioningStatus.ENABLED);
        return store;
    }

    private TestStore(BlobStore objects) throws Exception {
        this.objects = objects;
        server = S3Proxy.builder().blobStore(objects).endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V4, ACCESS, SECRET).build();
        server.start();
    }

    /** What is below this prefix. */
    public ArchiveBucket bucket(String prefix) {
        return bucket(BUCKET, prefix, SECRET);
    }

    ArchiveBucket bucket(String name, String prefix, String secret) {
        return new ArchiveBucket(name, Optional.of(URI.create("http://127.0.0.1:" + server.getPort())), "us-east-1", prefix, new Secret(ACCESS),
                new Secret(secret), true);
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }
}
