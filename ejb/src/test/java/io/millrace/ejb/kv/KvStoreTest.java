package io.millrace.ejb.kv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.KvState;
import io.millrace.ejb.kv.KvStore.Bounds;
import io.millrace.ejb.kv.KvStore.Match;
import io.millrace.ejb.vault.Sealer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class KvStoreTest {

    private static final String MODEL = "model";
    private static final Bounds ROOMY = new Bounds(1 << 20, 1 << 20);

    private static final Logger QUIET = Logger.getLogger(KvFiles.class.getName());

    @TempDir
    private Path folder;
    private Tasks writing;
    private Tasks reading;
    private KvStore store;

    @BeforeEach
    void begin() {
        // it says of each damaged file that it is one
        QUIET.setLevel(Level.SEVERE);
        store = started(ROOMY, new Checked());
    }

    private KvStore started(Bounds bounds, Sealer sealer) {
        writing = new Tasks();
        reading = new Tasks();
        KvStore fresh = new KvStore(folder, bounds, sealer, writing, reading, System::nanoTime);
        fresh.start();
        writing.runAll();
        return fresh;
    }

    @Test
    void findsTheLongestBeginningAndReadsItBack() {
        save("space", null, text(100, 1));
        save("space", null, text(200, 1));
        int[] prompt = text(300, 1);
        prompt[150] = -1;
        Match match = store.find(MODEL, "space", prompt, prompt.length);
        assertEquals(150, match.tokens());
        assertEquals(200, match.stored());
        Read read = load(match);
        assertEquals(200, read.tokens());
        assertEquals(MODEL, read.model());
        assertArrayEquals(state(text(200, 1)), read.state());
    }

    @Test
    void takesNoMoreOfABeginningThanIsWanted() {
        save("space", null, text(100, 1));
        assertEquals(99, store.find(MODEL, "space", text(100, 1), 99).tokens());
    }

    @Test
    void findsAfterARestartWhatWasThere() {
        save("space", null, text(100, 1));
        byte[] before = load(store.find(MODEL, "space", text(100, 1), 100)).state();
        store = started(ROOMY, new Checked());
        assertArrayEquals(before, load(store.find(MODEL, "space", text(100, 1), 100)).state());
    }

    @Test
    void findsNothingUntilItHasLooked() {
        save("space", null, text(100, 1));
        writing = new Tasks();
        store = new KvStore(folder, ROOMY, new Checked(), writing, reading, System::nanoTime);
        store.start();
        assertNull(store.find(MODEL, "space", text(100, 1), 100));
        assertEquals(Wish.LATER, store.wish(MODEL, "space", null, text(100, 2), 100, 10), "nor does it save anything");
        writing.runAll();
        assertNotNull(store.find(MODEL, "space", text(100, 1), 100));
    }

    @Test
    void spacesAndModelsSeeNothingOfEachOther() {
        save("space", "talk", text(100, 1));
        assertNull(store.find(MODEL, "other", text(100, 1), 100));
        assertNull(store.find("another", "space", text(100, 1), 100));
        assertEquals(Wish.SAVE, store.wish(MODEL, "other", "talk", text(100, 1), 100, 10), "what one space has, another may save");
    }

    @Test
    void namesOfSpacesAndConversationsAreNotOnTheDisk() throws IOException {
        save("a-tenant's-key", "a-conversation", text(100, 1));
        String bytes = new String(Files.readAllBytes(files().getFirst()), StandardCharsets.ISO_8859_1);
        assertFalse(bytes.contains("a-tenant's-key") || bytes.contains("a-conversation"));
    }

    @Test
    void savesNothingTwiceAndALongerTextInPlaceOfItsBeginning() throws IOException {
        save("space", "talk", text(100, 1));
        assertEquals(Wish.THERE, store.wish(MODEL, "space", "talk", text(100, 1), 100, 10));
        assertEquals(Wish.THERE, store.wish(MODEL, "space", "other", text(100, 1), 80, 10));
        save("space", "talk", text(140, 1));
        assertEquals(1, files().size());
        assertEquals(140, store.find(MODEL, "space", text(140, 1), 140).tokens());
    }

    @Test
    void anotherConversationsBeginningStays() throws IOException, InterruptedException {
        save("space", "first", text(100, 1));
        save("space", "second", text(140, 1));
        store.forget("second");
        assertEquals(100, store.find(MODEL, "space", text(140, 1), 140).tokens());
        assertEquals(1, files().size());
    }

    static Stream<Sealer> sealers() {
        return Stream.of(new Checked(), new KeyedSealer());
    }

    /** Whichever byte is another one, before the start or after it. */
    @ParameterizedTest
    @MethodSource("sealers")
    void aDamagedFileIsDeletedAndNotUsed(Sealer sealer) throws IOException {
        store = started(ROOMY, sealer);
        save("space", null, text(70, 1));
        byte[] sound = Files.readAllBytes(files().getFirst());
        Path file = files().getFirst();
        for (int i = 0; i < sound.length; i++) {
            byte[] flipped = sound.clone();
            flipped[i] ^= 0x10;
            isNotUsed(sealer, file, sound, flipped, "byte " + i);
        }
        for (int length : new int[] {0, 1, 19, 20, sound.length / 2, sound.length - 1}) {
            isNotUsed(sealer, file, sound, Arrays.copyOf(sound, length), length + " bytes");
        }
        isNotUsed(sealer, file, sound, Arrays.copyOf(sound, sound.length + 1), "a byte more");
        Files.write(file, sound);
        store = started(ROOMY, sealer);
        assertNotNull(load(store.find(MODEL, "space", text(70, 1), 70)), "the sound one is used");
    }

    private void isNotUsed(Sealer sealer, Path file, byte[] sound, byte[] bytes, String what) throws IOException {
        Files.write(file, bytes);
        store = started(ROOMY, sealer);
        Match found = store.find(MODEL, "space", text(70, 1), 70);
        assertNull(found == null ? null : load(found), what);
        assertFalse(Files.exists(file), what);
        assertEquals(1, store.damaged(), what);
        Files.write(file, sound);
        store = started(ROOMY, sealer);
        found = store.find(MODEL, "space", text(70, 1), 70);
        Files.write(file, bytes);
        assertNull(load(found), what + ", damaged while it was known");
        assertEquals(0, store.files());
        assertEquals(0, store.bytes());
        assertFalse(Files.exists(file), what);
    }

    @ParameterizedTest
    @MethodSource("sealers")
    void oneFileInAnothersPlaceIsNotUsed(Sealer sealer) throws IOException {
        store = started(ROOMY, sealer);
        save("space", null, text(70, 1));
        save("other", null, text(70, 2));
        List<Path> both = files();
        byte[] one = Files.readAllBytes(both.get(0));
        Files.write(both.get(0), Files.readAllBytes(both.get(1)));
        Files.write(both.get(1), one);
        started(ROOMY, sealer);
        assertEquals(List.of(), files());
    }

    @Test
    void whatWasSealedWithAnotherKeyIsNotUsed() throws IOException {
        store = started(ROOMY, new KeyedSealer());
        save("space", null, text(70, 1));
        store = started(ROOMY, new KeyedSealer());
        assertNull(store.find(MODEL, "space", text(70, 1), 70));
        assertEquals(List.of(), files());
    }

    @Test
    void filesOfAnotherModelGoWhenTheFirstEngineServes() throws IOException {
        save("space", null, text(70, 1));
        store = started(ROOMY, new Checked());
        store.serve("another");
        writing.runAll();
        assertEquals(List.of(), files());
        save("space", null, text(70, 1));
        store.serve("a third");
        writing.runAll();
        assertEquals(1, files().size(), "what this process saved stays when another engine serves");
    }

    @Test
    void whatWasNotFinishedIsRemovedAtTheStart() throws IOException {
        try (KvState state = new KvState(100)) {
            new KvFile("half", KvHead.of(MODEL, "space", null, text(70, 1), 70), state, new Checked())
                    .write(folder.resolve("half" + KvFile.PART));
        }
        Files.writeString(folder.resolve("notes.txt"), "somebody else's");
        store = started(ROOMY, new Checked());
        assertNull(store.find(MODEL, "space", text(70, 1), 70));
        assertEquals(List.of(), files());
        assertTrue(Files.exists(folder.resolve("notes.txt")));
    }

    @Test
    void theLeastRecentlyReadGoesFirstAlsoAfterARestart() throws IOException {
        long one = size(70);
        Bounds three = new Bounds(3 * one, 1 << 20);
        store = started(three, new Checked());
        for (int each = 1; each <= 3; each++) {
            save("space", null, text(70, each));
            Files.setLastModifiedTime(newest(), FileTime.from(Instant.EPOCH.plusSeconds(each)));
        }
        load(store.find(MODEL, "space", text(70, 1), 70));
        save("space", null, text(70, 4));
        assertNull(store.find(MODEL, "space", text(70, 2), 70));
        assertNotNull(store.find(MODEL, "space", text(70, 1), 70));
        store = started(new Bounds(2 * one, 1 << 20), new Checked());
        assertNull(store.find(MODEL, "space", text(70, 3), 70), "a smaller budget holds at once");
        assertNotNull(store.find(MODEL, "space", text(70, 1), 70));
        assertNotNull(store.find(MODEL, "space", text(70, 4), 70));
    }

    @Test
    void whatIsTooLargeIsNotTaken() {
        store = started(new Bounds(1_000, 1 << 20), new Checked());
        assertEquals(Wish.NEVER, store.wish(MODEL, "space", null, text(70, 1), 70, 1_001));
        store = started(new Bounds(1 << 20, 1_000), new Checked());
        assertEquals(Wish.NEVER, store.wish(MODEL, "space", null, text(70, 1), 70, 1_000));
    }

    @Test
    void whatIsOnItsWayIsBounded() {
        store = started(new Bounds(1 << 20, 700), new Checked());
        offer(snapshot(text(70, 1)), "space", null, text(70, 1), 70);
        offer(snapshot(text(70, 2)), "space", null, text(70, 2), 70);
        assertEquals(Wish.LATER, store.wish(MODEL, "space", null, text(70, 3), 70, 280));
        offer(snapshot(text(70, 3)), "space", null, text(70, 3), 70);
        writing.runAll();
        assertEquals(2, store.files(), "the third was left out");
        assertEquals(Wish.SAVE, store.wish(MODEL, "space", null, text(70, 3), 70, 280));
        Match match = store.find(MODEL, "space", text(70, 1), 70);
        List<KvSnapshot> read = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            store.load(match, () -> true, read::add);
        }
        reading.runAll();
        assertEquals(1, read.size(), "reading counts too, and what was read");
        assertEquals(Wish.LATER, store.wish(MODEL, "space", null, text(70, 3), 70, 10), "who is to be read goes first");
        read.get(0).close();
        reading.runAll();
        assertEquals(2, read.size());
        read.get(1).close();
        reading.runAll();
        assertEquals(3, read.size());
        read.get(2).close();
        assertEquals(Wish.SAVE, store.wish(MODEL, "space", null, text(70, 3), 70, 280));
    }

    @Test
    void savesNothingForAWhileWhereItCantWrite() throws IOException {
        AtomicLong now = new AtomicLong();
        writing = new Tasks();
        store = new KvStore(folder.resolve("gone"), ROOMY, new Checked(), writing, reading, now::get);
        store.start();
        writing.runAll();
        Files.delete(folder.resolve("gone"));
        save("space", null, text(70, 1));
        assertEquals(Wish.LATER, store.wish(MODEL, "space", null, text(70, 2), 70, 280), "what is there no more should stay in cells");
        Files.createDirectory(folder.resolve("gone"));
        now.addAndGet(Duration.ofSeconds(10).toNanos());
        save("space", null, text(70, 2));
        assertEquals(Wish.THERE, store.wish(MODEL, "space", null, text(70, 2), 70, 280));
    }

    @Test
    void whatNobodyWantsIsNotRead() throws IOException {
        store = started(new Bounds(1 << 20, 700), new Checked());
        save("space", null, text(70, 1));
        Match match = store.find(MODEL, "space", text(70, 1), 70);
        List<KvSnapshot> read = new ArrayList<>();
        store.load(match, () -> false, read::add);
        reading.runAll();
        store = started(new Bounds(1 << 20, 100), new Checked());
        store.load(match, () -> true, read::add);
        reading.runAll();
        assertEquals(Arrays.asList(null, null), read, "nor what there will never be memory for");
        assertEquals(0, store.loaded());
    }

    @Test
    void aFileThatIsGoneIsNotThere() throws IOException {
        save("space", null, text(70, 1));
        Match match = store.find(MODEL, "space", text(70, 1), 70);
        Files.delete(files().getFirst());
        assertNull(load(match));
        assertNull(store.find(MODEL, "space", text(70, 1), 70));
    }

    @Test
    void whatAnEngineRefusedIsDeleted() throws IOException {
        save("space", null, text(70, 1));
        store.discard(store.find(MODEL, "space", text(70, 1), 70));
        assertNull(store.find(MODEL, "space", text(70, 1), 70));
        writing.runAll();
        assertEquals(List.of(), files());
    }

    @Test
    void whatWasForgottenIsNeverStoredAgain() throws IOException, InterruptedException {
        save("space", "talk", text(70, 1));
        save("space", "talk", text(70, 2));
        save("space", "other", text(70, 3));
        store.forget("talk");
        assertEquals(1, files().size());
        save("space", "talk", text(70, 4));
        assertEquals(1, files().size());
        assertEquals(Wish.NEVER, store.wish(MODEL, "space", "talk", text(70, 4), 70, 10));
    }

    /** Its deletion was decided, and has not happened yet. */
    @Test
    void forgettingAlsoDeletesWhatWasAboutToBeDeleted() throws IOException, InterruptedException {
        save("space", "talk", text(70, 1));
        store.discard(store.find(MODEL, "space", text(70, 1), 70));
        store.forget("talk");
        assertEquals(List.of(), files());
    }

    /** The writer is inside the sealer, then told to go on, while somebody forgets. */
    @Test
    void forgettingWaitsForWhatIsBeingWritten() throws Exception {
        CountDownLatch inside = new CountDownLatch(2);
        CountDownLatch goOn = new CountDownLatch(1);
        Sealer slow = new Sealer() {
            @Override
            public byte[] seal(byte[] plain, byte[] bound) {
                inside.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return new Checked().seal(plain, bound);
            }

            @Override
            public byte[] open(byte[] sealed, byte[] bound) {
                throw new IllegalStateException();
            }

            @Override
            public int overhead() {
                return new Checked().overhead();
            }
        };
        Executor threads = task -> Thread.ofPlatform().start(task);
        store = new KvStore(folder.resolve("own"), ROOMY, slow, threads, reading, System::nanoTime);
        store.start();
        while (store.wish(MODEL, "space", "talk", text(70, 1), 70, 10) != Wish.SAVE) {
            Thread.onSpinWait();
        }
        offer(snapshot(text(70, 1)), "space", "talk", text(70, 1), 70);
        offer(snapshot(text(70, 2)), "space", "other", text(70, 2), 70);
        inside.await();
        AtomicReference<List<Path>> left = new AtomicReference<>();
        Thread forgetting = Thread.ofPlatform().start(() -> {
            try {
                store.forget("talk");
                left.set(filesIn(folder.resolve("own")).stream().filter(each -> each.toString().endsWith(KvFile.SUFFIX)).toList());
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        while (forgetting.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        goOn.countDown();
        forgetting.join();
        while (store.files() == 0) {
            Thread.onSpinWait();
        }
        assertTrue(left.get().size() <= 1, "at most the other one: " + left);
        assertEquals(1, store.files());
        assertNull(store.find(MODEL, "space", text(70, 1), 70));
        assertEquals(1, filesIn(folder.resolve("own")).size());
    }

    /** As a batch does. */
    private void offer(KvSnapshot snapshot, String space, String conversation, int[] text, int length) {
        long bytes = snapshot.state().bytes();
        if (store.wish(MODEL, space, conversation, text, length, bytes) == Wish.SAVE && store.reserve(bytes)) {
            store.save(snapshot, space, conversation, text, length, bytes);
        } else {
            snapshot.close();
        }
    }

    private void save(String space, String conversation, int[] text) {
        offer(snapshot(text), space, conversation, text, text.length);
        writing.runAll();
    }

    /** What was read, or null. */
    private Read load(Match match) {
        AtomicReference<Read> read = new AtomicReference<>();
        store.load(match, () -> true, snapshot -> {
            if (snapshot != null) {
                read.set(new Read(snapshot.model(), snapshot.tokens(), States.bytes(snapshot.state())));
                snapshot.close();
            }
        });
        reading.runAll();
        writing.runAll();
        return read.get();
    }

    private record Read(String model, int tokens, byte[] state) {}

    private long size(int tokens) throws IOException {
        save("space", null, text(tokens, 99));
        long size = Files.size(files().getFirst());
        Files.delete(files().getFirst());
        return size;
    }

    private Path newest() throws IOException {
        return files().stream().max(Comparator.comparing(each -> each.toFile().lastModified())).orElseThrow();
    }

    private List<Path> files() throws IOException {
        return filesIn(folder).stream().filter(each -> !each.toString().endsWith(".txt")).toList();
    }

    private static List<Path> filesIn(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList();
        }
    }

    private static KvSnapshot snapshot(int[] text) {
        return new KvSnapshot(MODEL, text.length, States.of(state(text)));
    }

    private static byte[] state(int[] text) {
        byte[] state = new byte[4 * text.length];
        for (int i = 0; i < state.length; i++) {
            state[i] = (byte) (text[i / 4] + i);
        }
        return state;
    }

    private static int[] text(int length, int kind) {
        return IntStream.range(0, length).map(i -> 31 * kind + i).toArray();
    }
}
