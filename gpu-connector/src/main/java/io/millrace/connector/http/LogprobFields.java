package io.millrace.connector.http;

import io.millrace.connector.remote.RemoteEvent.Candidate;
import io.millrace.connector.remote.RemoteEvent.Logprob;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Log probabilities, in the form of chats (an object for each token) or of completions (parallel arrays). */
final class LogprobFields {

    private final JsonParser json;
    private final List<Logprob> ofChat = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private final List<Float> values = new ArrayList<>();
    private final List<List<Candidate>> tops = new ArrayList<>();

    private LogprobFields(JsonParser json) {
        this.json = json;
    }

    /** Empty for null. */
    static List<Logprob> read(JsonParser json, Event value) {
        LogprobFields fields = new LogprobFields(json);
        Fields.ofObject(json, value, fields::field);
        return fields.ofChat.isEmpty() ? fields.ofCompletion() : fields.ofChat;
    }

    private void field(String name, Event value) {
        switch (name) {
            case "content" -> Fields.ofArray(json, value, token -> ofChat.add(token(token)));
            case "tokens" -> Fields.ofArray(json, value, token -> texts.add(Fields.text(json, token)));
            case "token_logprobs" -> Fields.ofArray(json, value, each -> values.add((float) Fields.decimal(json, each)));
            case "top_logprobs" -> Fields.ofArray(json, value, each -> tops.add(byText(each)));
            default -> Fields.skip(json, value);
        }
    }

    private Logprob token(Event value) {
        String[] text = {""};
        byte[][] bytes = {null};
        float[] logprob = {Float.NaN};
        List<Candidate> top = new ArrayList<>();
        Fields.ofObject(json, value, (name, of) -> {
            switch (name) {
                case "token" -> text[0] = Fields.text(json, of);
                case "logprob" -> logprob[0] = (float) Fields.decimal(json, of);
                case "bytes" -> bytes[0] = bytes(of);
                case "top_logprobs" -> Fields.ofArray(json, of, each -> top.add(token(each).token()));
                default -> Fields.skip(json, of);
            }
        });
        return new Logprob(new Candidate(text[0], bytes[0], logprob[0]), top);
    }

    private byte[] bytes(Event value) {
        if (value == Event.VALUE_NULL) {
            return null;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(8);
        Fields.ofArray(json, value, each -> bytes.write(Fields.number(json, each)));
        return bytes.toByteArray();
    }

    private List<Candidate> byText(Event value) {
        List<Candidate> top = new ArrayList<>();
        Fields.ofObject(json, value, (text, logprob) -> top.add(new Candidate(text, null, (float) Fields.decimal(json, logprob))));
        return top;
    }

    private List<Logprob> ofCompletion() {
        List<Logprob> logprobs = new ArrayList<>(texts.size());
        for (int index = 0; index < Math.min(texts.size(), values.size()); index++) {
            logprobs.add(new Logprob(new Candidate(texts.get(index), null, values.get(index)),
                    index < tops.size() ? tops.get(index) : List.of()));
        }
        return logprobs;
    }
}
