package io.millrace.tests.clients;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What makes an answer of the small models go on to its last token: a ban on their markers, one of which would end it.
 * All eight choices, so that it lasts for seconds.
 */
final class Endless {

    static final int CHOICES = 8;
    static final int TOKENS = 1_500;
    /** What a whole answer would cost. */
    static final long ALL_TOKENS = (long) CHOICES * TOKENS;
    /** {@code logit_bias}. */
    static final Map<String, Integer> BIAS = IntStream.range(508, 512).mapToObj(Integer::toString)
            .collect(Collectors.toUnmodifiableMap(token -> token, token -> -100));

    private Endless() {}
}
