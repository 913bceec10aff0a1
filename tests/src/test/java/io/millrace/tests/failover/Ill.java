package io.millrace.tests.failover;

import io.millrace.tests.upstream.Fault;
import java.util.Locale;

/** What befalls the preferred upstream. */
enum Ill {
    /** SIGKILL, to all of its streams at once. */
    KILL(null),
    /** SIGSTOP, likewise. */
    STOP(null),
    RESET(Fault.Kind.RESET),
    STATUS500(Fault.Kind.STATUS500),
    TRICKLE(Fault.Kind.TRICKLE),
    GARBAGE(Fault.Kind.GARBAGE),
    CLOSE(Fault.Kind.CLOSE);

    /** What is armed for one stream alone; null: it befalls the process. */
    private final Fault.Kind fault;

    Ill(Fault.Kind fault) {
        this.fault = fault;
    }

    Fault.Kind fault() {
        return fault;
    }

    boolean ofTheProcess() {
        return fault == null;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException where there is none of that name */
    static Ill of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
