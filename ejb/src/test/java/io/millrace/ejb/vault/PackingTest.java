package io.millrace.ejb.vault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PackingTest {

    private static final int ALL = 64 << 20;

    @Property(tries = 1_000)
    void whatWasPackedUnpacks(@ForAll @Size(max = 3_000) byte[] plain) throws UnreadableException {
        byte[] packed = Packing.pack(plain);

        assertTrue(packed.length <= plain.length + 1, "never more than a byte longer");
        assertArrayEquals(plain, Packing.unpack(packed, plain.length));
    }

    @Property(tries = 300)
    void talkUnpacksAndGetsSmaller(@ForAll @IntRange(min = 1, max = 200) int turns, @ForAll long seed) throws UnreadableException {
        byte[] plain = talk(new Random(seed), turns).getBytes(StandardCharsets.UTF_8);
        byte[] packed = Packing.pack(plain);

        assertTrue(packed.length < plain.length || turns < 3, packed.length + " of " + plain.length);
        assertArrayEquals(plain, Packing.unpack(packed, plain.length));
    }

    /** Without a seal a change may give another text, but never more than allowed, and never anything but this exception. */
    @Property(tries = 2_000)
    void damageIsAnExceptionAndNothingWorse(@ForAll @IntRange(min = 1, max = 20) int turns, @ForAll long seed,
                                            @ForAll @IntRange(min = 1, max = 5) int changes) {
        Random random = new Random(seed);
        byte[] packed = Packing.pack(talk(random, turns).getBytes(StandardCharsets.UTF_8));
        IntStream.range(0, changes).forEach(i -> packed[random.nextInt(packed.length)] = (byte) random.nextInt());
        byte[] damaged = random.nextBoolean() ? packed : Arrays.copyOf(packed, random.nextInt(packed.length));

        assertBounded(damaged, 1 << 16);
    }

    @Property(tries = 1_000)
    void whatWasNeverPackedIsAnExceptionAndNothingWorse(@ForAll @Size(max = 300) byte[] any, @ForAll @IntRange(max = 1) int how) {
        if (any.length > 0) {
            any[0] = (byte) how;
        }
        assertBounded(any, 1 << 16);
    }

    private static void assertBounded(byte[] packed, int most) {
        try {
            assertTrue(Packing.unpack(packed, most).length <= most);
        } catch (UnreadableException e) {
            assertTrue(e.getMessage().startsWith("It "), e.getMessage());
        }
    }

    @Test
    void aBombDoesNotGoOff() throws Exception {
        byte[] bomb = Packing.pack(new byte[ALL]);
        assertTrue(bomb.length < 10_000, "64 MiB in " + bomb.length);

        assertTrue(assertThrows(UnreadableException.class, () -> Packing.unpack(bomb, ALL - 1)).getMessage().contains("more than"));
        assertEquals(ALL, Packing.unpack(bomb, ALL).length);
        assertThrows(UnreadableException.class, () -> Packing.unpack(Packing.pack(new byte[3]), 2));
    }

    @Test
    void aFrameThatLiesAboutItsSizeDoesNotGoOff() {
        byte[] bomb = Packing.pack(new byte[1 << 20]);
        // a frame header's content size of four bytes follows magic and descriptor: RFC 8878, 3.1.1.1
        ByteBuffer.wrap(bomb).order(ByteOrder.LITTLE_ENDIAN).putInt(6, 100);
        assertThrows(UnreadableException.class, () -> Packing.unpack(bomb, 1000));
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
