package io.millrace.ejb.vault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.vault.Packing.Dictionary;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import org.junit.jupiter.api.Test;

class PackingTest {

    private static final int ALL = 64 << 20;
    private static final Dictionary DICTIONARY = Packing.train(samples(1)).orElseThrow();
    private static final Packing PLAIN = new Packing();
    private static final Packing TRAINED = new Packing();

    static {
        TRAINED.use(DICTIONARY);
    }

    @AfterContainer
    static void close() {
        PLAIN.close();
        TRAINED.close();
    }

    @Property(tries = 1_000)
    void whatWasPackedUnpacks(@ForAll @Size(max = 3_000) byte[] plain, @ForAll boolean trained) throws UnreadableException {
        Packing packing = trained ? TRAINED : PLAIN;
        byte[] packed = packing.pack(plain);

        assertTrue(packed.length <= plain.length + 1, "never more than a byte longer");
        assertArrayEquals(plain, packing.unpack(packed, plain.length));
    }

    @Property(tries = 300)
    void talkUnpacksAndGetsSmaller(@ForAll @IntRange(min = 1, max = 200) int turns, @ForAll long seed, @ForAll boolean trained) throws UnreadableException {
        byte[] plain = talk(new Random(seed), turns).getBytes(StandardCharsets.UTF_8);
        Packing packing = trained ? TRAINED : PLAIN;
        byte[] packed = packing.pack(plain);

        assertTrue(packed.length < plain.length || turns < 3 && !trained, packed.length + " of " + plain.length);
        assertArrayEquals(plain, packing.unpack(packed, plain.length));
    }

    /** Without a seal a change may give another text, but never more than allowed, and never anything but this exception. */
    @Property(tries = 2_000)
    void damageIsAnExceptionAndNothingWorse(@ForAll @IntRange(min = 1, max = 20) int turns, @ForAll long seed, @ForAll boolean trained,
                                            @ForAll @IntRange(min = 1, max = 5) int changes) {
        Random random = new Random(seed);
        byte[] packed = (trained ? TRAINED : PLAIN).pack(talk(random, turns).getBytes(StandardCharsets.UTF_8));
        IntStream.range(0, changes).forEach(i -> packed[random.nextInt(packed.length)] = (byte) random.nextInt());
        byte[] damaged = random.nextBoolean() ? packed : java.util.Arrays.copyOf(packed, random.nextInt(packed.length));

        assertBounded(damaged, 1 << 16);
    }

    @Property(tries = 1_000)
    void whatWasNeverPackedIsAnExceptionAndNothingWorse(@ForAll @Size(max = 300) byte[] any, @ForAll @IntRange(max = 2) int how) {
        if (any.length > 0) {
            any[0] = (byte) how;
        }
        assertBounded(any, 1 << 16);
    }

    private static void assertBounded(byte[] packed, int most) {
        try {
            assertTrue(TRAINED.unpack(packed, most).length <= most);
        } catch (UnreadableException e) {
            assertTrue(e.getMessage().startsWith("It "), e.getMessage());
        }
    }

    @Test
    void aBombDoesNotGoOff() throws Exception {
        byte[] bomb = PLAIN.pack(new byte[ALL]);
        assertTrue(bomb.length < 10_000, "64 MiB in " + bomb.length);

        assertTrue(assertThrows(UnreadableException.class, () -> PLAIN.unpack(bomb, ALL - 1)).getMessage().contains("more than"));
        assertEquals(ALL, PLAIN.unpack(bomb, ALL).length);
        assertThrows(UnreadableException.class, () -> PLAIN.unpack(PLAIN.pack(new byte[3]), 2));
    }

    @Test
    void aFrameThatLiesAboutItsSizeDoesNotGoOff() {
        byte[] bomb = PLAIN.pack(new byte[1 << 20]);
        // a frame header's content size of four bytes follows magic and descriptor: RFC 8878, 3.1.1.1
        ByteBuffer.wrap(bomb).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(6, 100);
        assertThrows(UnreadableException.class, () -> PLAIN.unpack(bomb, 1000));
    }

    @Test
    void aDictionaryMakesShortTalkShorter() {
        byte[] plain = talk(new Random(7), 6).getBytes(StandardCharsets.UTF_8);
        assertTrue(TRAINED.pack(plain).length < PLAIN.pack(plain).length * 0.8, TRAINED.pack(plain).length + " and " + PLAIN.pack(plain).length);
    }

    @Test
    void whatWasPackedWithAnUnknownDictionarySaysSo() throws Exception {
        byte[] plain = talk(new Random(7), 6).getBytes(StandardCharsets.UTF_8);
        byte[] packed = TRAINED.pack(plain);
        assertTrue(assertThrows(UnreadableException.class, () -> PLAIN.unpack(packed, ALL)).getMessage().contains("dictionary " + DICTIONARY.id()));

        try (Packing later = new Packing()) {
            Dictionary other = Packing.train(samples(2)).orElseThrow();
            later.know(DICTIONARY);
            later.use(other);
            assertArrayEquals(plain, later.unpack(packed, ALL));
            assertArrayEquals(plain, later.unpack(later.pack(plain), ALL));
            assertThrows(UnreadableException.class, () -> TRAINED.unpack(later.pack(plain), ALL));
        }
    }

    @Test
    void aDictionaryIsKnownAgainByItsContent() {
        assertEquals(DICTIONARY.id(), Dictionary.of(DICTIONARY.content().clone()).id());
        assertThrows(IllegalArgumentException.class, () -> Dictionary.of("no dictionary".getBytes(StandardCharsets.UTF_8)));
        assertThrows(IllegalArgumentException.class, () -> Dictionary.of(new byte[0]));
    }

    @Test
    void tooLittleTeachesNothing() {
        assertEquals(Optional.empty(), Packing.train(List.of()));
        assertEquals(Optional.empty(), Packing.train(List.of(new byte[0], new byte[1])));
        assertEquals(Optional.empty(), Packing.train(samples(1).subList(0, 3)));
    }

    @Test
    void manyThreadsMayUseItWhileItLearns() throws Exception {
        List<Dictionary> dictionaries = IntStream.range(0, 4).mapToObj(i -> Packing.train(samples(i)).orElseThrow()).toList();
        try (Packing packing = new Packing(); ExecutorService threads = Executors.newFixedThreadPool(4)) {
            dictionaries.forEach(packing::know);
            Stream<Callable<Void>> learning = Stream.of(() -> {
                for (int i = 0; i < 200; i++) {
                    packing.use(dictionaries.get(i % dictionaries.size()));
                }
                return null;
            });
            Stream<Callable<Void>> packers = IntStream.range(0, 3).mapToObj(t -> () -> {
                Random random = new Random(t);
                for (int i = 0; i < 300; i++) {
                    byte[] plain = talk(random, 1 + i % 10).getBytes(StandardCharsets.UTF_8);
                    assertArrayEquals(plain, packing.unpack(packing.pack(plain), ALL));
                }
                return null;
            });
            for (Future<Void> done : threads.invokeAll(Stream.concat(learning, packers).toList())) {
                done.get();
            }
        }
    }

    private static List<byte[]> samples(int seed) {
        Random random = new Random(seed);
        return IntStream.range(0, 500).mapToObj(i -> talk(random, 1 + i % 12).getBytes(StandardCharsets.UTF_8)).toList();
    }

    /** Turns of a service desk: some words again and again, some never again. */
    private static String talk(Random random, int turns) {
        String[] words = {"订单", "退货", "可以", "请问", "什么时候", "发货", "the parcel", "refund", "invoice", "please", "已经", "谢谢", "address", "tomorrow"};
        StringBuilder talk = new StringBuilder("[");
        for (int turn = 0; turn < turns; turn++) {
            talk.append("{\"role\":\"").append(turn % 2 == 0 ? "user" : "assistant").append("\",\"content\":\"");
            for (int word = 0; word < 8; word++) {
                talk.append(words[random.nextInt(words.length)]).append(' ');
            }
            talk.append(Long.toHexString(random.nextLong())).append("\"},");
        }
        return talk.append(']').toString();
    }
}
