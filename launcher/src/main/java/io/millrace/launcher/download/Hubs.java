package io.millrace.launcher.download;

import io.millrace.config.Configuration;
import io.millrace.config.Secret;
import java.net.URI;
import java.util.Map;

/**
 * Where the two hubs are and what proves who we are there.
 *
 * @param huggingFace      without a slash at its end
 * @param modelScope       without a slash at its end
 */
public record Hubs(URI huggingFace, Secret huggingFaceToken, URI modelScope, Secret modelScopeToken) {

    private static final URI HUGGING_FACE = URI.create("https://huggingface.co");

    /** The configured ones; {@code HF_ENDPOINT} counts where Hugging Face's own address is configured. */
    public static Hubs of(Configuration.Model settings, Map<String, String> environment) throws DownloadException {
        String endpoint = environment.getOrDefault("HF_ENDPOINT", "").strip().replaceAll("/+$", "");
        URI huggingFace = endpoint.isEmpty() || !settings.huggingFace().equals(HUGGING_FACE) ? settings.huggingFace() : address(endpoint);
        return new Hubs(huggingFace, token(environment, "HF_TOKEN"), settings.modelScope(), token(environment, "MODELSCOPE_API_TOKEN"));
    }

    private static URI address(String endpoint) throws DownloadException {
        if (!endpoint.matches("https?://[^\\s@/]+(/\\S*)?")) {
            throw new DownloadException("HF_ENDPOINT is no address that begins with https:// or http:// and holds no password: mend or unset it.");
        }
        return URI.create(endpoint);
    }

    private static Secret token(Map<String, String> environment, String name) {
        return new Secret(environment.getOrDefault(name, "").strip());
    }
}
