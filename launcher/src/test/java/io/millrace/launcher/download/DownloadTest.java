package io.millrace.launcher.download;

import static io.millrace.launcher.download.FaultyServer.Answer.file;
import static io.millrace.launcher.download.FaultyServer.Answer.of;
import static io.millrace.launcher.download.FaultyServer.Answer.redirect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.launcher.download.FaultyServer.Answer;
import io.millrace.launcher.download.FaultyServer.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that do what they should not, on real sockets. */
class DownloadTest {

    private static final List<String> KEPT = List.of("m.gguf.part", "m.gguf.part.json");

    @TempDir
    Path folder;

    private Fetching fetching;
    private byte[] model;

    @BeforeEach
    void prepare() throws IOException {
        fetching = new Fetching(folder);
        model = fetching.model();
    }

    @Test
    void fetchesChecksAndNames() throws Exception {
        try (FaultyServer server = new FaultyServer(request -> file(request, model, "\"1\""))) {
            Download.Result result = fetching.fetch(server.at("/a/m.gguf?signature=secret"));
            fetching.assertModel(folder.resolve("m.gguf"));
            assertEquals(new Download.Result(folder.resolve("m.gguf"), model.length, fetching.sha256(), false, 0, 1), result);
            assertEquals("identity", server.requests().getFirst().header("accept-encoding"));
        }
    }

    @Test
    void goesOnWhereTheConnectionBroke() throws Exception {
        AtomicInteger count = new AtomicInteger();
        try (FaultyServer server = new FaultyServer(request ->
                count.getAndIncrement() < 2 ? file(request, model, "\"1\"").brokenOffAfter(50_000) : file(request, model, "\"1\""))) {
            assertEquals(3, fetching.fetch(server.at("/m.gguf")).attempts());
            fetching.assertModel(folder.resolve("m.gguf"));
            assertEquals(List.of(0, 50_000, 100_000), server.requests().stream().map(Request::from).toList());
            assertEquals("\"1\"", server.requests().get(1).header("if-range"));
            assertTrue(fetching.told.getFirst().startsWith("It broke off: "), fetching.told.toString());
        }
    }

    @Test
    void givesUpWhenItBreaksForEverAndKeepsWhatCame() throws Exception {
        try (FaultyServer server = new FaultyServer(request -> file(request, model, "\"1\"").brokenOffAfter(request.from() == 0 ? 60_000 : 0))) {
            String message = fetching.refused(server.at("/m.gguf"));
            assertTrue(message.contains(Fetching.ATTEMPTS + " times in a row: 58.6 KiB are kept, and the same command goes on from there."), message);
            assertEquals(KEPT, fetching.files());
            assertEquals(Fetching.ATTEMPTS, server.requests().size());
        }
        Path part = folder.resolve("m.gguf.part");
        byte[] left = Files.readAllBytes(part);
        assertTrue(Arrays.equals(left, Arrays.copyOf(model, 60_000)));
    }

    @Test
    void goesOnInTheNextCall() throws Exception {
        AtomicInteger count = new AtomicInteger();
        try (FaultyServer server = new FaultyServer(request ->
                count.getAndIncrement() < Fetching.ATTEMPTS ? file(request, model, "\"1\"").brokenOffAfter(20_000) : file(request, model, "\"1\""))) {
            fetching.refused(server.at("/m.gguf"));
            Download.Result result = fetching.fetch(server.at("/m.gguf"));
            assertEquals(60_000, result.resumedAt());
            assertEquals(1, result.attempts());
            fetching.assertModel(folder.resolve("m.gguf"));
        }
    }

    @Test
    void takesNothingOfAnotherAddress() throws Exception {
        try (FaultyServer server = new FaultyServer(request -> request.target().equals("/old/m.gguf")
                ? file(request, fetching.otherModel(), "\"1\"").brokenOffAfter(60_000 - request.from()) : file(request, model, "\"1\""))) {
            fetching.refused(server.at("/old/m.gguf"));
            assertEquals(0, fetching.fetch(server.at("/new/m.gguf")).resumedAt());
            fetching.assertModel(folder.resolve("m.gguf"));
        }
    }

    @Test
    void beginsAgainWhenTheFileChangesBetweenTwoAttempts() throws Exception {
        AtomicInteger count = new AtomicInteger();
        try (FaultyServer server = new FaultyServer(request -> count.getAndIncrement() == 0
                ? file(request, fetching.otherModel(), "\"old\"").brokenOffAfter(50_000) : file(request, model, "\"new\""))) {
            fetching.fetch(server.at("/m.gguf"));
            fetching.assertModel(folder.resolve("m.gguf"));
            assertEquals("\"old\"", server.requests().get(1).header("if-range"));
            assertTrue(fetching.told.getLast().contains("has changed"), fetching.told.toString());
        }
    }

    @Test
    void noticesAChangedFileWhoseServerDoesNotKnowIfRange() throws Exception {
        AtomicInteger count = new AtomicInteger();
        try (FaultyServer server = new FaultyServer(request -> {
            boolean old = count.getAndIncrement() == 0;
            Request careless = new Request(request.target(), Map.of("range", request.header("range")));
            return old ? file(request, fetching.otherModel(), "\"old\"").brokenOffAfter(50_000) : file(careless, model, "\"new\"");
        })) {
            fetching.fetch(server.at("/m.gguf"));
            fetching.assertModel(folder.resolve("m.gguf"));
            assertEquals(List.of(0, 50_000, 0), server.requests().stream().map(Request::from).toList());
        }
    }

    @Test
    void beginsAgainWhereTheServerIgnoresRanges() throws Exception {
        AtomicInteger count = new AtomicInteger();
        try (FaultyServer server = new FaultyServer(request -> {
            Answer whole = of(200, Map.of("Content-Length", String.valueOf(model.length), "ETag", "\"1\""), model);
            return count.getAndIncrement() == 0 ? whole.brokenOffAfter(50_000) : whole;
        })) {
            fetching.fetch(server.at("/m.gguf"));
            fetching.assertModel(folder.resolve("m.gguf"));
            assertTrue(fetching.told.getLast().contains("can't go on in the middle"), fetching.told.toString());
        }
    }

    @Test
    void beginsAgainWithoutAValidator() throws Exception {
        AtomicInteger count = new AtomicInteger();
        try (FaultyServer server = new FaultyServer(request -> {
            Answer whole = of(200, Map.of("Content-Length", String.valueOf(model.length), "ETag", "W/\"weak\""), model);
            return count.getAndIncrement() == 0 ? whole.brokenOffAfter(50_000) : whole;
        })) {
            fetching.fetch(server.at("/m.gguf"));
            fetching.assertModel(folder.resolve("m.gguf"));
            assertEquals("", server.requests().getLast().header("range"));
        }
    }

    @Test
    void doesNotBelieveALengthThatIsTooLong() throws Exception {
        try (FaultyServer server = new FaultyServer(request -> request.from() > 0
                ? of(416, Map.of("Content-Length", "0"), new byte[0])
                : of(200, Map.of("Content-Length", String.valueOf(model.length + 1000), "ETag", "\"1\""), model))) {
            String message = fetching.refused(server.at("/m.gguf"));
            assertTrue(message.contains("times in a row"), message);
        }
    }

    @Test
    void doesNotBelieveALengthThatIsTooShort() throws Exception {
        try (FaultyServer server = new FaultyServer(_ -> of(200, Map.of("Content-Length", String.valueOf(model.length - 1000), "ETag", "\"1\""), model))) {
            String message = fetching.refused(server.at("/m.gguf"));
            assertTrue(message.contains("%,d bytes, can't be served and is not kept: it is no sound GGUF file".formatted(model.length - 1000)), message);
            assertTrue(message.contains("after the end of the file"), message);
            assertEquals(List.of(), fetching.files());
        }
    }

    @Test
    void refusesMoreThanAPartialAnswerAnnounces() throws Exception {
        AtomicInteger count = new AtomicInteger();
        try (FaultyServer server = new FaultyServer(request -> {
            Answer good = file(request, model, "\"1\"");
            return count.getAndIncrement() == 0 ? good.brokenOffAfter(50_000)
                    : of(206, Map.of("ETag", "\"1\"", "Content-Range", "bytes 50000-%d/%d".formatted(model.length - 1, model.length)), new byte[model.length]);
        })) {
            String message = fetching.refused(server.at("/m.gguf"));
            assertTrue(message.contains("sends more than the %,d bytes that it announced".formatted(model.length)), message);
            assertEquals(List.of(), fetching.files());
        }
    }

    @Test
    void takesAFileWhoseLengthNobodyTells() throws Exception {
        byte[] chunked = ("%x\r\n".formatted(model.length)).getBytes(StandardCharsets.US_ASCII);
        byte[] body = Arrays.copyOf(chunked, chunked.length + model.length + 7);
        System.arraycopy(model, 0, body, chunked.length, model.length);
        System.arraycopy("\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII), 0, body, chunked.length + model.length, 7);
        try (FaultyServer server = new FaultyServer(_ -> of(200, Map.of("Transfer-Encoding", "chunked"), body))) {
            fetching.fetch(server.at("/m.gguf"));
            fetching.assertModel(folder.resolve("m.gguf"));
        }
    }

    @Test
    void refusesAnotherChecksumThanWasAskedFor() throws Exception {
        try (FaultyServer server = new FaultyServer(request -> file(request, model, "\"1\""))) {
            Source source = Source.parse(server.at("/m.gguf").toString(), Fetching.hubs(server.at(""))).orElseThrow();
            String wrong = "0".repeat(64);
            String message = fetching.refused(source, Optional.of(wrong));
            assertTrue(message.contains("has the SHA-256 " + fetching.sha256() + ", and --sha256 says " + wrong), message);
            assertEquals(List.of(), fetching.files());
            fetching.fetch(source, Optional.of(fetching.sha256()));
            fetching.assertModel(folder.resolve("m.gguf"));
        }
    }

    @Test
    void asksAgainWhenTheServerFallsSilent() throws Exception {
        AtomicInteger count = new AtomicInteger();
        try (FaultyServer server = new FaultyServer(request ->
                count.getAndIncrement() == 0 ? file(request, model, "\"1\"").silentAfter(50_000) : file(request, model, "\"1\""))) {
            fetching.fetch(server.at("/m.gguf"));
            fetching.assertModel(folder.resolve("m.gguf"));
            assertTrue(fetching.told.getFirst().contains("sent nothing for"), fetching.told.toString());
        }
    }

    /** Slower on the whole than the silence that is borne. */
    @Test
    void bearsASlowServer() throws Exception {
        try (FaultyServer server = new FaultyServer(request -> file(request, model, "\"1\"").slowly(100))) {
            assertEquals(1, fetching.fetch(server.at("/m.gguf")).attempts());
            fetching.assertModel(folder.resolve("m.gguf"));
        }
    }

    @Test
    void waitsForABusyServer() throws Exception {
        AtomicInteger count = new AtomicInteger();
        try (FaultyServer server = new FaultyServer(request -> count.getAndIncrement() == 0
                ? of(503, Map.of("Content-Length", "0", "Retry-After", "0"), new byte[0]) : file(request, model, "\"1\""))) {
            fetching.fetch(server.at("/m.gguf"));
            fetching.assertModel(folder.resolve("m.gguf"));
        }
    }

    @Test
    void saysThatItIsAPageAndNoModel() throws Exception {
        byte[] page = "<!DOCTYPE html><html><head><title>Sign in\u001b[31m</title></head></html>".getBytes(StandardCharsets.UTF_8);
        try (FaultyServer server = new FaultyServer(_ -> of(200, Map.of("Content-Type", "text/html", "Content-Length", String.valueOf(page.length)), page))) {
            String message = fetching.refused(server.at("/m.gguf"));
            assertTrue(message.contains("is not a GGUF file but an HTML page (\"Sign in [31m\")"), message);
            assertEquals(List.of(), fetching.files());
        }
        byte[] json = "{\"error\":\"no such thing\"}".getBytes(StandardCharsets.UTF_8);
        try (FaultyServer server = new FaultyServer(_ -> of(200, Map.of("Content-Type", "application/json", "Content-Length", String.valueOf(json.length)), json))) {
            String message = fetching.refused(server.at("/m.gguf"));
            assertTrue(message.contains("is not a GGUF file but JSON: no such thing"), message);
        }
    }

    @Test
    void saysWhatARefusalMeans() throws Exception {
        Map<Integer, String> meanings = Map.of(404, "There is no file at", 403, "asks for a login", 401, "asks for a login", 418, "answers 418");
        for (var meaning : meanings.entrySet()) {
            byte[] body = "{\"error\":{\"message\":\"because of that\"}}".getBytes(StandardCharsets.UTF_8);
            try (FaultyServer server = new FaultyServer(_ -> of(meaning.getKey(), Map.of("Content-Length", String.valueOf(body.length)), body))) {
                String message = fetching.refused(server.at("/m.gguf?signature=" + Fetching.TOKEN));
                assertTrue(message.contains(meaning.getValue()) && message.endsWith("It says: because of that"), message);
                assertEquals(1, server.requests().size());
                assertEquals(List.of(), fetching.files());
            }
        }
    }

    @Test
    void doesNotRunInACircle() throws Exception {
        try (FaultyServer server = new FaultyServer(request -> redirect(request.target().equals("/m.gguf") ? "/b" : "/m.gguf"))) {
            assertTrue(fetching.refused(server.at("/m.gguf")).contains("redirects in a circle"));
        }
        AtomicInteger count = new AtomicInteger();
        try (FaultyServer server = new FaultyServer(_ -> redirect("/" + count.incrementAndGet()))) {
            assertTrue(fetching.refused(server.at("/m.gguf")).contains("redirects more than 10 times"));
        }
        try (FaultyServer server = new FaultyServer(_ -> redirect("file:///etc/passwd"))) {
            assertTrue(fetching.refused(server.at("/m.gguf")).contains("no web address"));
        }
    }

    @Test
    void showsAPasswordToNobodyElse() throws Exception {
        try (FaultyServer other = new FaultyServer(request -> file(request, model, "\"1\""));
             FaultyServer server = new FaultyServer(_ -> redirect(other.at("/elsewhere").toString()))) {
            fetching.fetch(java.net.URI.create(server.at("/m.gguf").toString().replace("//", "//me:" + Fetching.TOKEN + "@")));
            fetching.assertModel(folder.resolve("m.gguf"));
            assertTrue(server.requests().getFirst().header("authorization").startsWith("Basic "));
            assertEquals("", other.requests().getFirst().header("authorization"));
        }
    }

    @Test
    void looksAtTheSpaceBeforeAndOnTheWay() throws Exception {
        try (FaultyServer server = new FaultyServer(request -> file(request, model, "\"1\""))) {
            fetching.free = () -> 5000;
            String message = fetching.refused(server.at("/m.gguf"));
            assertTrue(message.contains("There is not enough space") && message.contains("it needs ") && message.contains("the disk has 4.9 KiB"), message);
            assertEquals(List.of(), fetching.files());
        }
        AtomicInteger count = new AtomicInteger();
        try (FaultyServer server = new FaultyServer(request -> file(request, model, "\"1\"").brokenOffAfter(50_000))) {
            fetching.free = () -> count.getAndIncrement() == 0 ? Long.MAX_VALUE : 0;
            String message = fetching.refused(server.at("/m.gguf"));
            assertTrue(message.contains("The same command then goes on at 48.8 KiB."), message);
            assertEquals(KEPT, fetching.files());
        }
    }

    @Test
    void keepsToTheFolderWhateverTheFileIsCalled() throws Exception {
        try (FaultyServer server = new FaultyServer(request -> file(request, model, "\"1\"")
                .with("Content-Disposition", "attachment; filename=\"../../../etc/cron.d/evil.gguf\""))) {
            assertEquals(folder.resolve("evil.gguf"), fetching.fetch(server.at("/download?id=7")).file());
            fetching.assertModel(folder.resolve("evil.gguf"));
            Files.delete(folder.resolve("evil.gguf"));
            assertEquals(folder.resolve("passwd.gguf"), fetching.fetch(server.at("/a/..%2F..%2Fetc%2Fpasswd.gguf")).file());
        }
    }

    @Test
    void takesNamesInAnyScript() throws Exception {
        try (FaultyServer server = new FaultyServer(request -> file(request, model, "\"1\""))) {
            Path file = fetching.fetch(server.at("/%E6%A8%A1%E5%9E%8B%20%C3%A9.gguf")).file();
            assertEquals(folder.resolve(FileName.harmless("模型 é.gguf")), file);
            fetching.assertModel(file);
        }
    }

    @Test
    void refusesOnePartOfSeveral() throws Exception {
        try (FaultyServer server = new FaultyServer(request -> file(request, model, "\"1\""))) {
            String message = fetching.refused(server.at("/big-00001-of-00003.gguf"));
            assertTrue(message.contains("is part 1 of 3") && message.contains("llama-gguf-split --merge"), message);
            assertEquals(List.of(), server.requests());
        }
    }

    @Test
    void saysThatNobodyAnswers() throws Exception {
        java.net.URI gone;
        try (FaultyServer server = new FaultyServer(_ -> redirect("/"))) {
            gone = server.at("/m.gguf");
        }
        assertTrue(fetching.refused(gone).contains("can't be reached"));
        assertTrue(fetching.refused(java.net.URI.create("http://no-such-host.invalid/m.gguf")).contains("its name is not known"));
        assertEquals(List.of(), fetching.files());
    }

    @Test
    void oneFetchOfAFileAtATime() throws Exception {
        try (FaultyServer server = new FaultyServer(request -> file(request, model, "\"1\""))) {
            Source source = Source.parse(server.at("/m.gguf").toString(), Fetching.hubs(server.at(""))).orElseThrow();
            try (Part other = Part.open(folder.resolve("m.gguf"), source)) {
                assertTrue(fetching.refused(source, Optional.empty()).contains("Another command is fetching m.gguf.part"));
                assertEquals(0, other.length());
            }
        }
    }
}
