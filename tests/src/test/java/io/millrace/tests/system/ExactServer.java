package io.millrace.tests.system;

import io.millrace.tests.MillraceServer;
import java.util.Map;

/**
 * A server that computes in 32-bit numbers throughout, for tests that compare answers.
 *
 * <p>The order in which a kernel adds depends on what else is in the batch and on where in the cache a sequence lies.
 * With weights of 8 bits and a cache of 16 the rounding that comes of it decides near ties, of which a model of random
 * weights has many, and an answer may part from what it is alone. With 32 bits it doesn't, so that here a difference
 * shows a mistake of ours.
 *
 * <p>Its model has no tags for thoughts in its vocabulary: they are looked for in any text.
 */
final class ExactServer {

    /** Requests that may wait in lane P3. */
    static final int BULK_LANE = 2;

    private static MillraceServer shared;

    private ExactServer() {}

    /** One for all tests of this JVM; it stops with the JVM. */
    static synchronized MillraceServer shared() {
        if (shared == null) {
            shared = MillraceServer.start(MillraceServer.temporaryFolder(), MillraceServer.exactModel(),
                    MillraceServer.exact(Map.of("MILLRACE_LANES_P3", Integer.toString(BULK_LANE), "MILLRACE_ENGINE_REASONING", "on")));
            Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
        }
        return shared;
    }
}
