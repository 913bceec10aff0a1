package io.millrace.persistence.archive;

import io.millrace.config.ArchiveBucket;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The archive as objects of a bucket, see {@link ObjectName}. A put writes a new object before it deletes the old one, so a
 * conversation is whole at any moment, and of puts at once by several nodes the one with the highest version counts, for
 * everybody the same. Relies on listings that show what was just written, as Amazon's, MinIO's and Ceph's do. Thread-safe.
 */
public final class S3Archive implements Archive {

    private static final int PAGE = 1000;
    /** Of one conversation; there is one, or two. */
    private static final int VERSIONS = 10;
    /** A conversation that is replaced between the look at its names and the read is looked for again. */
    private static final int MOST_TRIES = 10;

    private final Bucket bucket;
    private final Clock clock;

    public S3Archive(ArchiveBucket settings) {
        this(settings, Clock.systemUTC());
    }

    S3Archive(ArchiveBucket settings, Clock clock) {
        this.bucket = new Bucket(settings);
        this.clock = clock;
    }

    @Override
    public void put(Entry entry) {
        List<ObjectName> before = versions(entry.tenant(), entry.id());
        long version = Math.max(clock.millis(), before.isEmpty() ? 0 : Collections.max(before).version() + 1);
        bucket.put(ObjectName.of(entry, version).toString(), entry.content());
        before.forEach(this::delete);
    }

    @Override
    public Optional<Entry> get(String tenant, String id) {
        if (!Archive.isId(id)) {
            return Optional.empty();
        }
        for (int i = 0; i < MOST_TRIES; i++) {
            List<ObjectName> versions = versions(tenant, id);
            if (versions.isEmpty()) {
                return Optional.empty();
            }
            ObjectName newest = Collections.max(versions);
            Optional<byte[]> content = bucket.get(newest.toString());
            if (content.isPresent()) {
                return Optional.of(new Entry(tenant, id, newest.created(), newest.lastUsed(), newest.turns(), content.get()));
            }
        }
        throw new ArchiveException("Could not get conversation " + id + " from the archive: it was replaced " + MOST_TRIES + " times meanwhile", null);
    }

    @Override
    public boolean delete(String tenant, String id) {
        if (!Archive.isId(id)) {
            return false;
        }
        List<ObjectName> versions = versions(tenant, id);
        versions.forEach(this::delete);
        return !versions.isEmpty();
    }

    /** Looks at the names of all objects: a thousand a call. */
    @Override
    public int deleteUnusedSince(Instant before, int most) {
        int[] gone = new int[1];
        if (most > 0) {
            forEachConversation("", null, PAGE, versions -> {
                if (Collections.max(versions).lastUsed().isBefore(before)) {
                    versions.forEach(this::delete);
                    gone[0]++;
                }
                return gone[0] < most;
            });
        }
        return gone[0];
    }

    @Override
    public List<Listed> list(String tenant, String afterId, int most) {
        List<Listed> listed = new ArrayList<>();
        if (most > 0) {
            forEachConversation(ObjectName.beginOf(tenant), afterId == null ? null : ObjectName.after(tenant, afterId), most + 1, versions -> {
                listed.add(Collections.max(versions).listed());
                return listed.size() < most;
            });
        }
        return listed;
    }

    @Override
    public Optional<String> concern() {
        try {
            return bucket.keepsVersions() ? Optional.of(bucket + " keeps old versions, so no conversation in it is ever erased; turn its versioning off,"
                    + " or give it a lifecycle rule that deletes old versions") : Optional.empty();
        } catch (ArchiveException e) {
            return Optional.of(e.getMessage());
        }
    }

    private void delete(ObjectName name) {
        bucket.delete(name.toString());
    }

    private List<ObjectName> versions(String tenant, String id) {
        List<ObjectName> found = new ArrayList<>();
        forEachConversation(ObjectName.beginOf(tenant, id), null, VERSIONS, found::addAll);
        return found;
    }

    /**
     * Shows the versions of each conversation, one after the other.
     *
     * @param visitor says whether to go on
     */
    private void forEachConversation(String begin, String after, int page, Predicate<List<ObjectName>> visitor) {
        bucket.call("list", () -> {
            Iterator<ObjectName> names = bucket.list(begin, after, page).map(ObjectName::parse).flatMap(Optional::stream).iterator();
            List<ObjectName> versions = new ArrayList<>();
            boolean more = true;
            while (more && names.hasNext()) {
                ObjectName next = names.next();
                if (!versions.isEmpty() && !versions.getFirst().sameConversation(next)) {
                    more = visitor.test(versions);
                    versions = new ArrayList<>();
                }
                versions.add(next);
            }
            return more && !versions.isEmpty() && visitor.test(versions);
        });
    }

    @Override
    public void close() {
        bucket.close();
    }
}
