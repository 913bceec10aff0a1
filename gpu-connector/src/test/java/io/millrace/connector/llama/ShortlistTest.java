package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ShortlistTest {

    private static final int VOCABULARY = 3_000;
    /** What sums of probabilities may be off by. */
    private static final double ROUNDING = 1e-9;
    private static final float ALMOST_ONE = Math.nextDown(1f);

    /** One for all tries, as for all slots of an engine. */
    private static final Shortlist SHORTLIST = new Shortlist(VOCABULARY);

    /** Shapes that logits can have. */
    enum Shape {
        FLAT, TRAINED, PEAKED, WIDE, HUGE, WITHIN_A_BUCKET, EQUAL, TIES, ZEROS_OF_BOTH_SIGNS, MOSTLY_FORBIDDEN,
        ALL_BUT_ONE_FORBIDDEN;

        float logit(Random random, int token) {
            float normal = (float) random.nextGaussian();
            return switch (this) {
                case FLAT -> 0.5f * normal;
                case TRAINED -> 3 * normal;
                case PEAKED -> token == 0 ? 30 : normal;
                case WIDE -> 30 * normal;
                case HUGE -> 1e37f * normal;
                case WITHIN_A_BUCKET -> 7 + 1e-4f * normal;
                case EQUAL -> -2.5f;
                case TIES -> random.nextInt(6);
                case ZEROS_OF_BOTH_SIGNS -> random.nextBoolean() ? 0f : -0f;
                case MOSTLY_FORBIDDEN -> random.nextInt(10) > 0 ? Float.NEGATIVE_INFINITY : normal;
                case ALL_BUT_ONE_FORBIDDEN -> Float.NEGATIVE_INFINITY;
            };
        }

        float[] logits(long seed, int size) {
            Random random = new Random(seed);
            float[] logits = new float[size];
            for (int token = 0; token < size; token++) {
                logits[token] = logit(random, token);
            }
            int any = random.nextInt(size);
            logits[any] = logits[any] == Float.NEGATIVE_INFINITY ? -1 : logits[any];
            return logits;
        }
    }

    private static int[] shortlist(float[] logits, int topK, float topP, float minP) {
        SHORTLIST.fill(logits, Logits.argMax(logits), topK);
        SHORTLIST.keepTopP(topP);
        SHORTLIST.keepMinP(minP);
        return allowed(logits, SHORTLIST.tokens());
    }

    /** A forbidden token can't be drawn, so it doesn't matter whether it is listed. */
    private static int[] allowed(float[] logits, int[] tokens) {
        return Arrays.stream(tokens).filter(token -> logits[token] > Float.NEGATIVE_INFINITY).sorted().toArray();
    }

    /** All tokens sorted, then the first of them, until their probabilities add up to the mass and {@code slack}. */
    private static int[] sorted(float[] logits, int topK, float topP, float minP, double slack) {
        int[] order = IntStream.range(0, logits.length).boxed()
                .sorted(Comparator.<Integer>comparingDouble(token -> 0.0 - logits[token]).thenComparing(token -> token))
                .mapToInt(token -> token).limit(topK == 0 ? logits.length : topK).toArray();
        double greatest = logits[order[0]];
        double all = Arrays.stream(order).mapToDouble(token -> StrictMath.exp(logits[token] - greatest)).sum();
        int kept = topP == 1 ? order.length : 0;
        for (double sum = 0; kept < order.length && (kept == 0 || sum < (topP + slack) * all); kept++) {
            sum += StrictMath.exp(logits[order[kept]] - greatest);
        }
        float least = minP == 0 ? Float.NEGATIVE_INFINITY : (float) greatest + (float) StrictMath.log(minP);
        return allowed(logits, Arrays.stream(order).limit(kept).filter(token -> logits[token] >= least).toArray());
    }

    private static void assertContains(int[] more, int[] fewer, String what) {
        for (int token : fewer) {
            assertTrue(Arrays.binarySearch(more, token) >= 0, () -> what + ": " + token + " is missing");
        }
    }

    @Provide Arbitrary<Integer> topK() {
        return Arbitraries.of(0, 0, 1, 2, 40, 255, 256, 257, 1_000, 2_999, 3_000, 100_000);
    }

    @Provide Arbitrary<Float> topP() {
        return Arbitraries.of(Float.MIN_VALUE, 1e-6f, 0.1f, 0.5f, 0.9f, 0.95f, 0.999999f, ALMOST_ONE, 1f);
    }

    @Provide Arbitrary<Float> minP() {
        return Arbitraries.of(0f, 0f, 0f, Float.MIN_VALUE, 1e-30f, 1e-3f, 0.05f, 0.5f, 1f);
    }

    @Property(tries = 4_000, seed = "1") void keepsWhatASortWouldKeep(@ForAll Shape shape, @ForAll long seed,
            @ForAll @IntRange(min = 1, max = VOCABULARY) int size, @ForAll("topK") int topK, @ForAll("topP") float topP,
            @ForAll("minP") float minP) {
        float[] logits = shape.logits(seed, size);
        int[] kept = shortlist(logits, topK, topP, minP);
        int[] fewest = sorted(logits, topK, topP, minP, -ROUNDING);
        int[] most = sorted(logits, topK, topP, minP, ROUNDING);
        assertContains(kept, fewest, "kept");
        assertContains(most, kept, "sorted");
        if (fewest.length == most.length) {
            assertArrayEquals(most, kept);
        }
    }

    @Test void keepsTheLowerOfEqualsAndNoMoreThanNeeded() {
        float[] equal = new float[8];
        assertArrayEquals(new int[] {0, 1, 2, 3}, shortlist(equal, 0, 0.5f, 0));
        assertArrayEquals(new int[] {0, 1, 2, 3, 4}, shortlist(equal, 0, 0.501f, 0));
        assertArrayEquals(new int[] {0}, shortlist(equal, 0, 1e-6f, 0));
        assertArrayEquals(new int[] {0, 1}, shortlist(equal, 4, 0.5f, 0));
        assertArrayEquals(new int[] {2, 3}, shortlist(new float[] {-9, -9, 1, 1, -9, 0.5f}, 0, 0.5f, 1));
    }

    @Test void massesAreRightToNineDigits() {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            double behind = 40 * random.nextDouble();
            assertEquals(1, Shortlist.mass(behind) / StrictMath.exp(-behind), 1e-9);
        }
        assertEquals(0, Shortlist.mass(Double.POSITIVE_INFINITY));
    }

    /** Shares of what top-k has left, as in llama.cpp: 0.5 of 0.8 is more than 0.6. */
    @Test void topPIsAShareOfWhatTopKLeaves() {
        float[] logits = {(float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.2)};
        assertArrayEquals(new int[] {0}, shortlist(logits, 2, 0.6f, 0));
        assertArrayEquals(new int[] {0, 1}, shortlist(logits, 0, 0.6f, 0));
    }

    /** llama.cpp's sums are of floats, so at the border it may keep some tokens more or less. */
    @Test void keepsWhatLlamaCppKeeps() throws Throwable {
        Library library = Library.open(Engines.NATIVES);
        try (Arena arena = Arena.ofConfined()) {
            Candidates candidates = new Candidates(arena, VOCABULARY);
            for (Shape shape : List.of(Shape.FLAT, Shape.TRAINED, Shape.PEAKED, Shape.WIDE)) {
                for (float p : new float[] {1e-6f, 0.05f, 0.5f, 0.9f, 0.95f, 0.999f}) {
                    float[] logits = shape.logits(Float.floatToIntBits(p), VOCABULARY);
                    String what = shape + " " + p;
                    candidates.fill(logits);
                    assertArrayEquals(filtered(library, candidates, "llama_sampler_init_min_p", p),
                            shortlist(logits, 0, 1, p), what);
                    candidates.fill(logits);
                    assertNested(logits, filtered(library, candidates, "llama_sampler_init_top_p", p),
                            shortlist(logits, 0, p, 0), what);
                }
            }
        }
    }

    private static int[] filtered(Library library, Candidates candidates, String init, float p) throws Throwable {
        SymbolLookup symbols = SymbolLookup.libraryLookup(
                Engines.NATIVES.resolve(System.mapLibraryName(Abi.LIBRARY_NAME)), Arena.global());
        MethodHandle open = Calls.LINKER.downcallHandle(symbols.findOrThrow(init),
                FunctionDescriptor.of(ADDRESS, JAVA_FLOAT, JAVA_LONG));
        MemorySegment sampler = (MemorySegment) open.invokeExact(p, 1L);
        library.samplerApply(sampler, candidates.array());
        library.samplerFree(sampler);
        int count = (int) candidates.array().get(JAVA_LONG, Abi.TokenData.ARRAY_COUNT);
        MemorySegment data = candidates.array().get(ADDRESS, Abi.TokenData.ARRAY_DATA)
                .reinterpret(count * Abi.TokenData.SIZE);
        return IntStream.range(0, count).map(i -> data.get(JAVA_INT, i * Abi.TokenData.SIZE)).sorted().toArray();
    }

    private static void assertNested(float[] logits, int[] theirs, int[] ours, String what) {
        assertContains(theirs.length > ours.length ? theirs : ours, theirs.length > ours.length ? ours : theirs, what);
        double logSum = Logits.logSum(logits);
        assertEquals(mass(logits, logSum, theirs), mass(logits, logSum, ours), 1e-5, what);
    }

    private static double mass(float[] logits, double logSum, int[] tokens) {
        return Arrays.stream(tokens).mapToDouble(token -> Math.exp(logits[token] - logSum)).sum();
    }

    @Test void allocatesNothingOfTheVocabularysSize() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        float[] logits = Shape.TRAINED.logits(1, VOCABULARY);
        int likeliest = Logits.argMax(logits);
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1_000; i++) {
            SHORTLIST.fill(logits, likeliest, 0);
            SHORTLIST.keepTopP(0.95f);
            SHORTLIST.keepMinP(0.01f);
        }
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / 1_000;
        assertTrue(each < VOCABULARY, each + " bytes");
    }
}
