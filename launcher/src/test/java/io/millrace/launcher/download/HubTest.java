package io.millrace.launcher.download;

import static io.millrace.launcher.download.FaultyServer.Answer.file;
import static io.millrace.launcher.download.FaultyServer.Answer.of;
import static io.millrace.launcher.download.FaultyServer.Answer.redirect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Configuration;
import io.millrace.config.Secret;
import io.millrace.launcher.download.FaultyServer.Answer;
import io.millrace.launcher.download.FaultyServer.Request;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both hubs as their clients know them: Hugging Face redirects to where the file lies, ModelScope lists its files. */
class HubTest {

    @TempDir
    Path folder;

    private Fetching fetching;
    private byte[] model;

    @BeforeEach
    void prepare() throws IOException {
        fetching = new Fetching(folder);
        model = fetching.model();
    }

    private static Source source(String text, FaultyServer hub) throws DownloadException {
        return Source.parse(text, Fetching.hubs(hub.at(""))).orElseThrow();
    }

    private Answer linked(FaultyServer store, String sha256, long bytes) {
        return redirect(store.at("/blob?signature=1").toString()).with("X-Linked-Etag", "\"" + sha256 + "\"").with("X-Linked-Size", String.valueOf(bytes));
    }

    private static Answer text(int status, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return of(status, Map.of("Content-Length", String.valueOf(bytes.length), "Content-Type", "application/json"), bytes);
    }

    @Test
    void fetchesFromHuggingFaceAndShowsTheTokenToItAlone() throws Exception {
        try (FaultyServer store = new FaultyServer(request -> file(request, model, "\"other\""));
             FaultyServer hub = new FaultyServer(_ -> linked(store, fetching.sha256(), model.length))) {
            Download.Result result = fetching.fetch(source("hf:owner/repo/sub folder/m.gguf", hub), Optional.empty());
            assertTrue(result.published());
            fetching.assertModel(folder.resolve("m.gguf"));
            assertEquals("/owner/repo/resolve/main/sub%20folder/m.gguf", hub.requests().getFirst().target());
            assertEquals("Bearer " + Fetching.TOKEN, hub.requests().getFirst().header("authorization"));
            assertTrue(store.requests().stream().allMatch(request -> !request.headers().toString().contains(Fetching.TOKEN)), store.requests().toString());
        }
    }

    @Test
    void goesOnAtHuggingFaceByItsChecksumWhateverItsStoresSay() throws Exception {
        AtomicInteger count = new AtomicInteger();
        try (FaultyServer store = new FaultyServer(request -> count.getAndIncrement() == 0
                ? file(request, model, "\"a\"").brokenOffAfter(50_000) : file(request, model, "\"b\""));
             FaultyServer hub = new FaultyServer(_ -> linked(store, fetching.sha256(), model.length))) {
            fetching.fetch(source("hf:owner/repo@v2/m.gguf", hub), Optional.empty());
            fetching.assertModel(folder.resolve("m.gguf"));
            assertEquals(List.of(0, 50_000), store.requests().stream().map(Request::from).toList());
            assertEquals("/owner/repo/resolve/v2/m.gguf", hub.requests().getFirst().target());
        }
    }

    @Test
    void beginsAgainWhenHuggingFaceHasAnotherFileByNow() throws Exception {
        AtomicInteger count = new AtomicInteger();
        byte[] old = fetching.otherModel();
        try (FaultyServer store = new FaultyServer(request -> count.get() == 1
                ? file(request, old, "\"a\"").brokenOffAfter(50_000) : file(request, model, "\"a\""));
             FaultyServer hub = new FaultyServer(_ -> linked(store, count.getAndIncrement() == 0 ? Fetching.sha256(old) : fetching.sha256(), model.length))) {
            fetching.fetch(source("hf:owner/repo/m.gguf", hub), Optional.empty());
            fetching.assertModel(folder.resolve("m.gguf"));
        }
    }

    @Test
    void refusesWhatHasNotTheChecksumOrTheSizeThatTheHubPublishes() throws Exception {
        try (FaultyServer store = new FaultyServer(request -> file(request, fetching.otherModel(), "\"1\""));
             FaultyServer hub = new FaultyServer(_ -> linked(store, fetching.sha256(), model.length))) {
            String message = fetching.refused(source("hf:owner/repo/m.gguf", hub), Optional.empty());
            assertTrue(message.contains(Fetching.sha256(fetching.otherModel()) + ", and the hub says " + fetching.sha256()), message);
            assertEquals(List.of(), fetching.files());
        }
        try (FaultyServer store = new FaultyServer(request -> file(request, model, "\"1\""));
             FaultyServer hub = new FaultyServer(_ -> linked(store, fetching.sha256(), model.length + 1))) {
            assertTrue(fetching.refused(source("hf:owner/repo/m.gguf", hub), Optional.empty()).contains("it is not the same file"));
        }
    }

    @Test
    void saysWhatHuggingFaceWants() throws Exception {
        try (FaultyServer hub = new FaultyServer(_ -> text(401, "{\"error\":\"Invalid username or password.\"}"))) {
            String withToken = fetching.refused(source("hf:owner/repo/m.gguf", hub), Optional.empty());
            assertTrue(withToken.contains("the token in HF_TOKEN is wrong"), withToken);
            Hubs anonymous = new Hubs(hub.at(""), new Secret(""), hub.at(""), new Secret(""));
            String without = fetching.refused(Source.parse("hf:owner/repo/m.gguf", anonymous).orElseThrow(), Optional.empty());
            assertTrue(without.contains("there is no such repository, or it needs a login; then set HF_TOKEN."), without);
            assertEquals("", hub.requests().getLast().header("authorization"));
        }
        try (FaultyServer hub = new FaultyServer(_ -> text(403, "{}").with("X-Error-Code", "GatedRepo").with("X-Error-Message", "Access is restricted."))) {
            String gated = fetching.refused(source("hf:owner/repo/m.gguf", hub), Optional.empty());
            assertTrue(gated.contains("needs its terms accepted (403)") && gated.endsWith("It says: Access is restricted."), gated);
        }
        try (FaultyServer hub = new FaultyServer(_ -> text(404, "Entry not found"))) {
            String missing = fetching.refused(source("hf:owner/repo/m.gguf", hub), Optional.empty());
            assertTrue(missing.startsWith("There is no hf:owner/repo/m.gguf (404)"), missing);
        }
    }

    private Function<Request, Answer> modelScope(FaultyServer store, String sha256) {
        return request -> request.target().contains("/repo/files?")
                ? text(200, "{\"Code\":200,\"Data\":{\"Files\":[{\"Path\":\"other.gguf\",\"Type\":\"blob\"},{\"Path\":\"q/m.gguf\",\"Size\":%d,\"Sha256\":\"%s\"}]}}"
                        .formatted(model.length, sha256))
                : redirect(store.at("/blob").toString());
    }

    @Test
    void fetchesFromModelScopeWithTheChecksumInItsList() throws Exception {
        try (FaultyServer store = new FaultyServer(request -> file(request, model, "\"1\""));
             FaultyServer hub = new FaultyServer(request -> modelScope(store, fetching.sha256()).apply(request))) {
            Download.Result result = fetching.fetch(source("ms:owner/repo/q/m.gguf", hub), Optional.empty());
            assertTrue(result.published());
            fetching.assertModel(folder.resolve("m.gguf"));
            assertEquals(List.of("/api/v1/models/owner/repo/repo/files?Revision=master&Recursive=true",
                    "/api/v1/models/owner/repo/repo?Revision=master&FilePath=q/m.gguf"), hub.requests().stream().map(Request::target).toList());
            assertTrue(hub.requests().stream().allMatch(request -> request.header("authorization").equals("Bearer " + Fetching.TOKEN)
                    && request.header("cookie").equals("m_session_id=" + Fetching.TOKEN)));
            assertTrue(store.requests().stream().allMatch(request -> !request.headers().toString().contains(Fetching.TOKEN)), store.requests().toString());
        }
    }

    @Test
    void saysWhatModelScopeHasNot() throws Exception {
        try (FaultyServer store = new FaultyServer(request -> file(request, model, "\"1\""));
             FaultyServer hub = new FaultyServer(request -> modelScope(store, "0".repeat(64)).apply(request))) {
            assertTrue(fetching.refused(source("ms:owner/repo/q/m.gguf", hub), Optional.empty()).contains("and the hub says 000"));
            assertTrue(fetching.refused(source("ms:owner/repo/m.gguf", hub), Optional.empty()).contains("There is no file m.gguf in owner/repo"));
        }
        try (FaultyServer hub = new FaultyServer(_ -> text(404, "{\"Code\":10010205001,\"Message\":\"record not found\"}"))) {
            String message = fetching.refused(source("ms:owner/repo/m.gguf", hub), Optional.empty());
            assertTrue(message.endsWith("It says: record not found"), message);
        }
        try (FaultyServer hub = new FaultyServer(_ -> text(200, "<html>maintenance</html>"))) {
            assertTrue(fetching.refused(source("ms:owner/repo/m.gguf", hub), Optional.empty()).contains("can't be understood"));
        }
    }

    @Test
    void theEnvironmentNamesAMirrorAndTokens() throws Exception {
        URI own = URI.create("https://huggingface.co");
        URI modelScope = URI.create("https://modelscope.cn");
        Configuration.Model usual = new Configuration.Model(own, modelScope, new Secret(""), Duration.ofSeconds(1), 1);
        Configuration.Model set = new Configuration.Model(URI.create("https://mirror.corp/hf"), modelScope, new Secret(""), Duration.ofSeconds(1), 1);
        Map<String, String> environment = Map.of("HF_ENDPOINT", "https://hf-mirror.com/", "HF_TOKEN", "secret-one", "MODELSCOPE_API_TOKEN", "secret-two");
        Hubs hubs = Hubs.of(usual, environment);
        assertEquals("https://hf-mirror.com/a/b/resolve/main/m.gguf", Source.parse("hf:a/b/m.gguf", hubs).orElseThrow().address().toString());
        assertEquals("secret-two", hubs.modelScopeToken().reveal());
        assertTrue(!hubs.toString().contains("secret-"), hubs.toString());
        assertEquals("https://mirror.corp/hf/a/b/resolve/main/m.gguf",
                Source.parse("hf:a/b/m.gguf", Hubs.of(set, environment)).orElseThrow().address().toString());
        assertEquals(own, Hubs.of(usual, Map.of()).huggingFace());
    }
}
