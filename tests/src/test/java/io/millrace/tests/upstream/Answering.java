package io.millrace.tests.upstream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** One answer: the rest of a story at the server's pace, up to its end or its fault. Owned by one thread. */
final class Answering {

    private static final long TRICKLE_MS = 50;

    private final Connection connection;
    private final Asked asked;
    private final Story story;
    private final Story thoughts;
    private final Journal.Entry entry;
    private final Fault fault;
    private final Faults faults;
    private final Pace pace;
    private final int said;
    /** The word after the last one. */
    private final int end;
    /** The story's character after the last one: an end of a word, or a stop string's place. */
    private final int endCharacter;
    private final String finish;
    private final String frameHead;

    Answering(Connection connection, Asked asked, Story story, int said, Journal.Entry entry, Fault fault, UpstreamServer server) {
        this.connection = connection;
        this.asked = asked;
        this.story = story;
        this.thoughts = Story.ofThoughts(asked.prompt());
        this.said = said;
        this.entry = entry;
        this.fault = fault;
        this.faults = server.faults();
        this.pace = new Pace(server.speed(), entry.id());
        int last = asked.maxTokens() > 0 ? said + asked.maxTokens() : Math.max(said, server.usualWords());
        int stop = stopAt(last);
        this.endCharacter = stop < 0 ? story.end(last) : stop;
        this.end = stop < 0 ? last : wordsUpTo(stop);
        this.finish = stop < 0 && asked.maxTokens() > 0 ? "length" : "stop";
        this.frameHead = "{\"id\":\"" + server.name() + "-" + entry.id() + "\",\"object\":\"" + (asked.chat() ? "chat.completion.chunk" : "text_completion")
                + "\",\"created\":1700000000,\"model\":\"" + asked.model() + "\",\"choices\":[";
    }

    /** @return whether the connection may be used again */
    boolean give() throws IOException {
        String ending = "gone";
        try {
            boolean good = fault != null && fault.after() < 0 ? failBeforeHead() : asked.stream() ? stream() : whole();
            ending = good ? "finished" : fault.kind().word();
            return good;
        } finally {
            entry.ended(ending);
        }
    }

    private boolean stream() throws IOException {
        if (fault != null && fault.kind() == Fault.Kind.STATUS500 && fault.after() == 0) {
            return failWhole();
        }
        connection.beginStream();
        if (asked.chat()) {
            connection.event(frameHead + "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null},\"finish_reason\":null}]}");
        }
        for (int word = 0; word < Story.THOUGHTS && asked.thinks(); word++) {
            pace.await();
            connection.event(frameHead + "{\"index\":0,\"delta\":{\"content\":null,\"reasoning_content\":\""
                    + escaped(thoughts.characters(thoughts.end(word), thoughts.end(word + 1))) + "\"},\"finish_reason\":null}]}");
        }
        for (int word = said; word < end; word++) {
            pace.await();
            if (fault != null && word - said == fault.after()) {
                if (!failInStream(word)) {
                    return false;
                }
            } else {
                connection.event(frame(word));
            }
            entry.gave(word + 1 - said);
        }
        connection.event(frameHead + "{\"index\":0," + (asked.chat() ? "\"delta\":{}" : "\"text\":\"\"") + ",\"finish_reason\":\"" + finish + "\"}]}");
        if (asked.usage()) {
            connection.event(frameHead + "]," + usage() + "}");
        }
        connection.event("[DONE]");
        connection.endStream();
        return true;
    }

    private boolean whole() throws IOException {
        for (int word = said; word < end; word++) {
            pace.await();
            if (fault != null && word - said == fault.after()) {
                return failWhole();
            }
        }
        entry.gave(end - said);
        connection.answer(200, wholeAnswer());
        return true;
    }

    private String wholeAnswer() {
        String text = "\"" + escaped(story.characters(Math.min(asked.said().length(), endCharacter), endCharacter)) + "\"";
        return "{\"id\":\"story-" + entry.id() + "\",\"object\":\"" + (asked.chat() ? "chat.completion" : "text_completion")
                + "\",\"created\":1700000000,\"model\":\"" + asked.model() + "\",\"choices\":[{\"index\":0,"
                + (asked.chat() ? "\"message\":{\"role\":\"assistant\",\"content\":" + text + "}" : "\"text\":" + text)
                + ",\"finish_reason\":\"" + finish + "\"}]," + usage() + "}";
    }

    private String frame(int word) {
        int from = Math.max(story.end(word), asked.said().length());
        String piece = "\"" + escaped(story.characters(from, Math.min(story.end(word + 1), endCharacter))) + "\"";
        return frameHead + "{\"index\":0," + (asked.chat() ? "\"delta\":{\"content\":" + piece + "}" : "\"text\":" + piece)
                + ",\"finish_reason\":null}]" + (asked.tokens() ? ",\"millrace\":{\"tokens\":[" + story.token(word) + "]}" : "") + "}";
    }

    private String usage() {
        int prompt = asked.promptTokens(said);
        int made = end - said;
        return "\"usage\":{\"prompt_tokens\":" + prompt + ",\"completion_tokens\":" + made + ",\"total_tokens\":" + (prompt + made)
                + ",\"prompt_tokens_details\":{\"cached_tokens\":0}}";
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"");
    }

    /** Where the first stop string begins that this answer would say; it knows nothing of those that begin in what is said. */
    private int stopAt(int last) {
        int first = -1;
        String text = asked.stop().isEmpty() ? "" : story.words(last);
        for (String stop : asked.stop()) {
            int at = text.indexOf(stop, asked.said().length());
            first = at >= 0 && (first < 0 || at < first) ? at : first;
        }
        return first;
    }

    private int wordsUpTo(int character) {
        int words = said;
        while (story.end(words) < character) {
            words++;
        }
        return words;
    }

    private boolean failBeforeHead() throws IOException {
        return switch (fault.kind()) {
            case TRICKLE -> trickle("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n");
            case GARBAGE -> {
                happens();
                connection.write("SSH-2.0-OpenSSH_9.9\r\n");
                connection.close();
                yield false;
            }
            default -> failWhole();
        };
    }

    private boolean failWhole() throws IOException {
        switch (fault.kind()) {
            case STATUS500 -> {
                happens();
                connection.answer(500, "{\"error\":{\"code\":500,\"message\":\"a fault that a test wanted\",\"type\":\"server_error\"}}");
                return false;
            }
            case TRICKLE -> {
                return trickle("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n" + " ".repeat(100_000));
            }
            case GARBAGE -> {
                happens();
                connection.answer(200, wholeAnswer().substring(1));
                return false;
            }
            default -> {
                return breakOff();
            }
        }
    }

    /** @return whether the answer goes on after it */
    private boolean failInStream(int word) throws IOException {
        return switch (fault.kind()) {
            case STATUS500 -> {
                happens();
                connection.event("{\"error\":{\"code\":500,\"message\":\"a fault that a test wanted\",\"type\":\"server_error\"}}");
                connection.endStream();
                connection.close();
                yield false;
            }
            case TRICKLE -> trickle("1000\r\ndata: " + frame(word).replace("}", " }".repeat(20)));
            case GARBAGE -> {
                happens();
                garbage(word);
                yield true;
            }
            case CLOSE -> {
                happens();
                connection.endStream();
                connection.close();
                yield false;
            }
            default -> breakOff();
        };
    }

    private boolean breakOff() throws IOException {
        happens();
        if (fault.kind() == Fault.Kind.SILENCE) {
            connection.silence();
        }
        if (fault.kind() == Fault.Kind.RESET) {
            connection.reset();
        }
        connection.close();
        return false;
    }

    private boolean trickle(String text) throws IOException {
        happens();
        for (byte each : text.getBytes(StandardCharsets.US_ASCII)) {
            connection.write(Character.toString(each));
            try {
                TimeUnit.MILLISECONDS.sleep(TRICKLE_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
        connection.close();
        return false;
    }

    /** A half event, bytes that are no text, or another kind of JSON, by turns. */
    private void garbage(int word) throws IOException {
        switch ((int) (entry.id() % 3)) {
            case 0 -> connection.event(frame(word).substring(0, 60));
            case 1 -> connection.chunk(new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1, 'd', 'a', 't', 'a', ':', (byte) 0xc3, '\n', '\n'});
            default -> connection.event("[\"no answer\"]");
        }
    }

    private void happens() {
        faults.happens(fault, entry);
    }
}
