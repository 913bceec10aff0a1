package io.millrace.persistence.archive;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Comparator;
import java.util.Optional;

/**
 * What an archived conversation is called in a bucket: {@code TENANT/ID!VERSION!CREATED!LAST_USED!TURNS}. All that is known of
 * it stands in its name, so that a listing tells it. Tenants are hashed, numbers are decimal, moments are microseconds since
 * 1970. The names of a tenant's conversations are in the order of their ids' bytes, since no id has a character before the
 * mark. Immutable.
 *
 * @param version of those of one conversation the highest counts; others are what a put that was cut short left behind
 */
record ObjectName(String tenantHash, String id, long version, Instant created, Instant lastUsed, int turns) implements Comparable<ObjectName> {

    private static final char MARK = '!';
    private static final char AFTER_MARK = '"';
    private static final Comparator<ObjectName> ORDER = Comparator.comparingLong(ObjectName::version).thenComparing(ObjectName::toString);

    static ObjectName of(Archive.Entry entry, long version) {
        return new ObjectName(hash(entry.tenant()), entry.id(), version, entry.created(), entry.lastUsed(), entry.turns());
    }

    /** What all names of a tenant begin with. */
    static String beginOf(String tenant) {
        return hash(tenant) + '/';
    }

    /** What all names of a conversation begin with, and no others. */
    static String beginOf(String tenant, String id) {
        return beginOf(tenant) + id + MARK;
    }

    /** After all names of that conversation, and before those of the next. */
    static String after(String tenant, String id) {
        return beginOf(tenant) + id + AFTER_MARK;
    }

    /** Empty for what is no such name: a bucket may hold other things. */
    static Optional<ObjectName> parse(String text) {
        int slash = text.indexOf('/');
        String[] parts = text.substring(slash + 1).split("!", -1);
        if (slash < 0 || parts.length != 5 || !Archive.isId(parts[0])) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ObjectName(text.substring(0, slash), parts[0], Long.parseLong(parts[1]), instant(Long.parseLong(parts[2])),
                    instant(Long.parseLong(parts[3])), Integer.parseInt(parts[4])));
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }

    boolean sameConversation(ObjectName other) {
        return id.equals(other.id) && tenantHash.equals(other.tenantHash);
    }

    Archive.Listed listed() {
        return new Archive.Listed(id, created, lastUsed, turns);
    }

    @Override
    public String toString() {
        return tenantHash + '/' + id + MARK + version + MARK + micros(created) + MARK + micros(lastUsed) + MARK + turns;
    }

    /** By version; two that were put in the same moment by different nodes have an order too, the same for everybody. */
    @Override
    public int compareTo(ObjectName other) {
        return ORDER.compare(this, other);
    }

    private static String hash(String tenant) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(tenant.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long micros(Instant moment) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, moment);
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
