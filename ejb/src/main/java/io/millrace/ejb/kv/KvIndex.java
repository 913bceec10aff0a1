package io.millrace.ejb.kv;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Which texts lie on the disk, in the order of their last use. A file is listed under the hash of each of its beginnings of
 * whole blocks, so a search costs O(prompt): it follows the blocks as long as any file has them, and compares the tokens of
 * those that are left. Guarded by the lock of {@link KvStore}.
 */
final class KvIndex {

    /** A beginning that differs within its first block is not found. */
    static final int BLOCK = 16;
    /** Files with the same blocks of which a search compares the rest. */
    private static final int MOST_COMPARED = 64;

    /** @param bytes on the disk */
    record Entry(String name, KvHead head, long bytes) {}

    /** @param tokens in common */
    record Found(Entry entry, int tokens) {}

    private final Map<String, Entry> byName = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Long, List<Entry>> byBlocks = new HashMap<>();
    private long bytes;
    private long tokens;

    long bytes() {
        return bytes;
    }

    /** Of all files, each counted for itself. */
    long tokens() {
        return tokens;
    }

    int files() {
        return byName.size();
    }

    void add(Entry entry) {
        byName.put(entry.name, entry);
        bytes += entry.bytes;
        tokens += entry.head.tokens().length;
        for (long hash : hashes(entry.head)) {
            byBlocks.computeIfAbsent(hash, _ -> new ArrayList<>(1)).add(entry);
        }
    }

    /** False when it isn't there. */
    boolean remove(Entry entry) {
        if (byName.remove(entry.name) == null) {
            return false;
        }
        bytes -= entry.bytes;
        tokens -= entry.head.tokens().length;
        for (long hash : hashes(entry.head)) {
            List<Entry> alike = byBlocks.get(hash);
            alike.removeIf(each -> each.name.equals(entry.name));
            if (alike.isEmpty()) {
                byBlocks.remove(hash);
            }
        }
        return true;
    }

    /** The one of this name, or null; counts as a use. */
    Entry use(String name) {
        return byName.get(name);
    }

    /** The one that was not used for longest; there must be one. */
    Entry eldest() {
        return byName.values().iterator().next();
    }

    List<Entry> all(Predicate<Entry> condition) {
        return byName.values().stream().filter(condition).toList();
    }

    /** The file with the longest beginning of a prompt, at most {@code most} tokens; of those the shortest; or null. */
    Found find(String model, String space, int[] prompt, int most) {
        Found longest = null;
        for (Entry each : withBlocksOf(model, space, prompt, most)) {
            int alike = each.head.alike(model, space, prompt, most);
            if (longest == null || alike > longest.tokens
                    || alike == longest.tokens && each.head.tokens().length < longest.entry.head.tokens().length) {
                longest = new Found(each, alike);
            }
        }
        return longest == null || longest.tokens < BLOCK ? null : longest;
    }

    /** Whether a file has all of these tokens. */
    boolean covers(String model, String space, int[] text, int length) {
        Found found = find(model, space, text, length);
        return found != null && found.tokens == length;
    }

    private List<Entry> withBlocksOf(String model, String space, int[] prompt, int most) {
        List<Entry> deepest = List.of();
        long hash = seed(model, space);
        for (int end = BLOCK; end <= most; end += BLOCK) {
            hash = hash(hash, prompt, end - BLOCK);
            List<Entry> alike = byBlocks.get(hash);
            if (alike == null) {
                break;
            }
            deepest = alike;
        }
        return deepest.size() > MOST_COMPARED ? deepest.subList(deepest.size() - MOST_COMPARED, deepest.size()) : deepest;
    }

    private static long[] hashes(KvHead head) {
        long[] hashes = new long[head.tokens().length / BLOCK];
        long hash = seed(head.model(), head.space());
        for (int i = 0; i < hashes.length; i++) {
            hash = hash(hash, head.tokens(), i * BLOCK);
            hashes[i] = hash;
        }
        return hashes;
    }

    private static long seed(String model, String space) {
        long hash = 0;
        for (int i = 0; i < model.length(); i++) {
            hash = mixed(hash, model.charAt(i));
        }
        for (int i = 0; i < space.length(); i++) {
            hash = mixed(hash, space.charAt(i));
        }
        return hash;
    }

    private static long hash(long before, int[] tokens, int from) {
        long hash = before;
        for (int i = from; i < from + BLOCK; i++) {
            hash = mixed(hash, tokens[i]);
        }
        return hash;
    }

    private static long mixed(long hash, long more) {
        long product = (hash + more + 0x9E3779B97F4A7C15L) * 0xD6E8FEB86659FD93L;
        return product ^ product >>> 32;
    }
}
