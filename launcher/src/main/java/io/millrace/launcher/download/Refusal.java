package io.millrace.launcher.download;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Answers that bring no model, in words. No state. */
final class Refusal {

    private static final int HEAD_BYTES = 4096;
    /** The longest that a server's own wish to be left alone counts. */
    private static final long LONGEST_PAUSE_SECONDS = 120;
    private static final Pattern TITLE = Pattern.compile("<title[^>]*>([^<]*)</title", Pattern.CASE_INSENSITIVE);

    private Refusal() {}

    /** Throws what an answer without a file means: {@link TryAgain} where that may help. */
    static IOException of(Source source, Reply reply) throws DownloadException {
        String who = reply.address().getHost();
        String says = said(reply);
        return switch (reply.status()) {
            case 408, 425, 429, 500, 502, 503, 504 -> new TryAgain(who + " answers " + reply.status() + says, pause(reply));
            case 401, 403 -> throw new DownloadException(noRight(source, reply) + says);
            case 404, 410 -> throw new DownloadException(missing(source) + says);
            case 407 -> throw new DownloadException("The proxy asks for a user name and a password: put them into the proxy's address." + says);
            default -> throw new DownloadException(source + " can't be fetched: " + who + " answers " + reply.status() + says);
        };
    }

    private static Duration pause(Reply reply) {
        String seconds = reply.header("Retry-After");
        return Duration.ofSeconds(seconds.matches("\\d{1,9}") ? Math.min(Long.parseLong(seconds), LONGEST_PAUSE_SECONDS) : 0);
    }

    private static String noRight(Source source, Reply reply) {
        boolean proven = source.authorization().isSet();
        String code = "(" + reply.status() + ")";
        return switch (source.kind()) {
            case ADDRESS -> reply.address().getHost() + " asks for a login for " + source + " " + code + ": "
                    + (proven ? "the user name and password in the address are refused." : "fetch the file yourself and add it, or name a user and password in the address.");
            case HUGGING_FACE -> reply.header("X-Error-Code").equals("GatedRepo")
                    ? source + " needs its terms accepted " + code + ": do so on its page, and set HF_TOKEN to a token of that account."
                    : hub("Hugging Face", "HF_TOKEN", source, proven, code);
            case MODEL_SCOPE -> hub("ModelScope", "MODELSCOPE_API_TOKEN", source, proven, code);
        };
    }

    private static String hub(String name, String variable, Source source, boolean proven, String code) {
        return proven ? name + " refuses " + source + " " + code + ": the token in " + variable + " is wrong, or has no right to it."
                : name + " refuses " + source + " " + code + ": there is no such repository, or it needs a login; then set " + variable + ".";
    }

    private static String missing(Source source) {
        return source.kind() == Source.Kind.ADDRESS ? "There is no file at " + source + " (404): see that the address is right."
                : "There is no " + source + " (404): see that owner, repository and file are spelt as on the hub's page.";
    }

    /** What stands in the answer, if it can be understood: a sentence to add. */
    private static String said(Reply reply) {
        try {
            String text = new String(reply.body().head(HEAD_BYTES), StandardCharsets.UTF_8);
            String told = reply.header("X-Error-Message").isEmpty() ? told(text) : reply.header("X-Error-Message");
            return told.isBlank() ? "" : " It says: " + Reasons.printable(told);
        } catch (IOException _) {
            return "";
        }
    }

    private static String told(String text) {
        Matcher title = TITLE.matcher(text);
        if (title.find()) {
            return title.group(1);
        }
        if (text.stripLeading().startsWith("{")) {
            return field(text);
        }
        return text.stripLeading().startsWith("<") ? "" : text;
    }

    private static String field(String json) {
        try {
            JsonObject object = Json.createReader(new StringReader(json)).readObject();
            for (String name : new String[] {"error", "message", "Message", "detail"}) {
                JsonValue value = object.get(name);
                if (value instanceof JsonString words) {
                    return words.getString();
                }
                if (value instanceof JsonObject inner && inner.get("message") instanceof JsonString words) {
                    return words.getString();
                }
            }
            return json;
        } catch (JsonException | IllegalStateException _) {
            return json;
        }
    }

    /** What begins with {@code head} and is no model. */
    static DownloadException noModel(Source source, String contentType, byte[] head) {
        String text = new String(head, StandardCharsets.UTF_8);
        String start = text.stripLeading().toLowerCase(Locale.ROOT);
        String what;
        if (start.startsWith("<!doctype html") || start.startsWith("<html") || contentType.startsWith("text/html")) {
            Matcher title = TITLE.matcher(text);
            what = "an HTML page" + (title.find() ? " (\"" + Reasons.printable(title.group(1)) + "\")" : "") + ": the address is that of a page about the file, or asks for a login";
        } else if (start.startsWith("{") || start.startsWith("[") || contentType.contains("json")) {
            what = "JSON: " + Reasons.printable(field(text));
        } else if (start.startsWith("version https://git-lfs")) {
            what = "a Git LFS pointer: ask for the file itself, at a hub by /resolve/ instead of /raw/";
        } else {
            what = "something else" + (contentType.isEmpty() ? "" : " (" + Reasons.printable(contentType) + ")") + ": see that the address is right";
        }
        return new DownloadException("What comes from " + source + " is not a GGUF file but " + what + ".");
    }
}
