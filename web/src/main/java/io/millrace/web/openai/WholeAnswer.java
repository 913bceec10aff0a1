package io.millrace.web.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import io.millrace.ejb.flow.FlowEvent.Usage;
import io.millrace.ejb.intake.Submission.Accepted;
import io.millrace.web.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** An answer as one object: collects what comes until it is complete. As long as the model's context at most. Owned by one thread. */
final class WholeAnswer implements Whole {

    private static final class Choice {
        final StringBuilder text = new StringBuilder();
        final StringBuilder reasoning = new StringBuilder();
        final List<TokenLogprob> logprobs = new ArrayList<>();
        FinishReason reason;
    }

    private final Accepted call;
    private final Question question;
    private final ChoiceFormat format;
    private final Choice[] choices;

    WholeAnswer(Accepted call, Question question, ChoiceFormat format) {
        this.call = call;
        this.question = question;
        this.format = format;
        this.choices = new Choice[question.request().choices()];
        for (int i = 0; i < choices.length; i++) {
            choices[i] = new Choice();
            choices[i].text.append(question.echo());
        }
    }

    @Override
    public void text(FlowEvent.Text piece) {
        Choice choice = choices[piece.choice()];
        choice.text.append(piece.text());
        if (question.logprobs()) {
            choice.logprobs.addAll(piece.logprobs());
        }
    }

    @Override
    public void reasoning(FlowEvent.Reasoning more) {
        choices[more.choice()].reasoning.append(more.text());
    }

    @Override
    public void done(FlowEvent.ChoiceDone done) {
        choices[done.choice()].reason = done.reason();
    }

    @Override
    public byte[] json(Usage usage) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        JsonGenerator json = Json.generator(bytes);
        json.writeStartObject();
        Envelope.head(json, call, format.wholeObject());
        json.writeArrayFieldStart("choices");
        for (int i = 0; i < choices.length; i++) {
            json.writeStartObject();
            json.writeNumberField("index", i);
            format.whole(json, choices[i].reasoning.toString(), choices[i].text.toString(), question.logprobs() ? choices[i].logprobs : null,
                    question.echo().length());
            Envelope.finishReason(json, choices[i].reason);
            json.writeEndObject();
        }
        json.writeEndArray();
        Envelope.usage(json, usage);
        if (call.told() != null) {
            json.writeObjectFieldStart("millrace");
            Envelope.context(json, call.told());
            json.writeEndObject();
        }
        json.writeEndObject();
        json.close();
        return bytes.toByteArray();
    }
}
