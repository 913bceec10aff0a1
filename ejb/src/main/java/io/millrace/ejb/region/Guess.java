package io.millrace.ejb.region;

import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.RemoteModel;
import java.net.URI;
import java.util.List;

/** Which server it is: many say so themselves where they name the owner of their models. No state. */
final class Guess {

    private Guess() {}

    static Dialect dialect(URI base, List<RemoteModel> models) {
        String host = base.getHost();
        if (host.equals("deepseek.com") || host.endsWith(".deepseek.com")) {
            return Dialect.DEEPSEEK;
        }
        return switch (models.isEmpty() ? "" : models.getFirst().ownedBy()) {
            case "vllm" -> Dialect.VLLM;
            case "sglang" -> Dialect.SGLANG;
            case "llamacpp" -> Dialect.LLAMA;
            case "millrace" -> Dialect.MILLRACE;
            default -> Dialect.OPENAI;
        };
    }
}
