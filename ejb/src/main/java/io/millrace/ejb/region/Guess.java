package io.millrace.ejb.region;

import io.millrace.connector.remote.Dialect;
import java.net.URI;
import java.util.List;

/** Which server it is, by its address. No state. */
final class Guess {

    private Guess() {}

    static Dialect dialect(URI base, List<String> models) {
        return base.getHost().endsWith("deepseek.com") ? Dialect.DEEPSEEK : Dialect.OPENAI;
    }
}
