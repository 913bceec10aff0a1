package io.millrace.tests.clients;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What makes an answer of the small models go on to its last token: a ban on their markers, one of which would end it. Eight
 * choices, with what else each token might have been: 18 MB, more than lies in the buffers between a server and a client that doesn't
 * read. So the server can't be through before a client has left, however late that comes to it.
 */
final class Endless {

    static final int CHOICES = 8;
    static final int TOKENS = 1_500;
    static final int TOP_LOGPROBS = 20;
    /** What a whole answer would cost. */
    static final long ALL_TOKENS = (long) CHOICES * TOKENS;
    /** {@code logit_bias}. */
    static final Map<String, Integer> BIAS = IntStream.range(508, 512).mapToObj(Integer::toString)
            .collect(Collectors.toUnmodifiableMap(token -> token, token -> -100));

    private Endless() {}
}
