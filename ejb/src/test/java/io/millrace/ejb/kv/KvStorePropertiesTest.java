package io.millrace.ejb.kv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.KvSnapshot;
import io.millrace.ejb.kv.KvStore.Bounds;
import io.millrace.ejb.kv.KvStore.Match;
import io.millrace.ejb.vault.UnreadableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

/** Whatever is saved, read, forgotten and killed in whatever order: what is found is what was saved, and the bounds hold. */
class KvStorePropertiesTest {

    private static final Bounds BOUNDS = new Bounds(8_000, 4_000);

    /** @param conversation null where it belongs to none */
    private record Told(String model, String space, String conversation, int[] text) {}

    private final List<Told> told = new ArrayList<>();
    private final List<String> gone = new ArrayList<>();
    private Path folder;
    private Tasks writing;
    private Tasks reading;
    private KvStore store;

    @BeforeTry
    void begin() throws IOException {
        folder = Files.createTempDirectory("millrace-kv");
        told.clear();
        gone.clear();
        start();
    }

    @AfterTry
    void end() throws IOException {
        for (Path each : list()) {
            Files.delete(each);
        }
        Files.delete(folder);
    }

    private void start() {
        writing = new Tasks();
        reading = new Tasks();
        store = new KvStore(folder, BOUNDS, new Checked(), writing, reading, System::nanoTime);
        store.start();
        writing.runAll();
    }

    @Property(tries = 150)
    void whatIsFoundIsWhatWasSaved(@ForAll @Size(max = 60) List<Long> acts) throws IOException, InterruptedException {
        for (long act : acts) {
            act(new SplittableRandom(act));
            boundsHold();
        }
    }

    private void act(SplittableRandom random) throws IOException, InterruptedException {
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> save(random);
            case 4, 5 -> writing.runOne();
            case 6, 7, 8 -> find(random);
            case 9 -> forget(random);
            case 10 -> {
                if (random.nextInt(3) == 0) {
                    writing.loseAll();
                    start();
                    // what the killed process knew of deletions is lost with it
                    gone.clear();
                }
            }
            default -> writing.runAll();
        }
    }

    private void save(SplittableRandom random) {
        int[] text = text(random);
        int name = random.nextInt(5);
        Told next = new Told("model " + random.nextInt(2), "space " + random.nextInt(2), name == 0 ? null : "talk " + name, text);
        told.add(next);
        byte[] state = state(next);
        if (store.wish(next.model, next.space, next.conversation, text, text.length, state.length) == Wish.SAVE && store.reserve(state.length)) {
            store.save(new KvSnapshot(next.model, text.length, States.of(state)), next.space, next.conversation, text, text.length, state.length);
        }
    }

    private void find(SplittableRandom random) {
        String model = "model " + random.nextInt(2);
        String space = "space " + random.nextInt(2);
        int[] prompt = text(random);
        int most = 1 + random.nextInt(prompt.length);
        Match match = store.find(model, space, prompt, most);
        if (match == null) {
            return;
        }
        assertTrue(match.tokens() >= KvIndex.BLOCK && match.tokens() <= most);
        AtomicReference<KvSnapshot> read = new AtomicReference<>();
        AtomicBoolean heard = new AtomicBoolean();
        store.load(match, () -> true, snapshot -> {
            read.set(snapshot);
            heard.set(true);
        });
        reading.runAll();
        boolean atOnce = heard.get() && match.bytes() <= BOUNDS.memoryBytes();
        writing.runAll();
        reading.runAll();
        assertTrue(heard.get(), "there is memory as soon as what was there before is written");
        KvSnapshot snapshot = read.get();
        assertTrue(!atOnce || snapshot != null, "what is found is there");
        if (snapshot != null) {
            byte[] state = States.bytes(snapshot.state());
            snapshot.close();
            Told source = told.stream().filter(each -> each.model.equals(model) && each.space.equals(space)
                    && Arrays.equals(state(each), state)).findFirst().orElseThrow();
            assertEquals(source.text.length, snapshot.tokens());
            assertArrayEquals(Arrays.copyOf(prompt, match.tokens()), Arrays.copyOf(source.text, match.tokens()));
        }
    }

    private void forget(SplittableRandom random) throws IOException, InterruptedException {
        writing.runAll();
        String conversation = "talk " + (1 + random.nextInt(4));
        store.forget(conversation);
        gone.add(KvHead.digest(conversation));
    }

    private void boundsHold() throws IOException {
        long bytes = 0;
        for (Path each : list()) {
            bytes += Files.size(each);
            try {
                assertTrue(!gone.contains(KvFile.head(each, new Checked()).conversation()), "what was forgotten is not on the disk");
            } catch (UnreadableException e) {
                throw new AssertionError(e);
            }
        }
        assertTrue(bytes <= BOUNDS.diskBytes(), bytes + " bytes");
        assertEquals(bytes, store.bytes());
        assertEquals(list().size(), store.files());
    }

    private List<Path> list() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    /** Another one for each text of each model and space. */
    private static byte[] state(Told of) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * of.text.length + 8);
        bytes.putInt(of.model.hashCode()).putInt(of.space.hashCode()).asIntBuffer().put(of.text);
        return bytes.array();
    }

    /** Alike up to a place. */
    private static int[] text(SplittableRandom random) {
        int[] text = new int[1 + random.nextInt(120)];
        int same = random.nextInt(text.length + 1);
        return IntStream.range(0, text.length).map(i -> i < same ? 1 : random.nextInt(3)).toArray();
    }
}
