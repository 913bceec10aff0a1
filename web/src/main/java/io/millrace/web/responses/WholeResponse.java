package io.millrace.web.responses;

import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.FlowEvent.Usage;
import io.millrace.web.openai.Whole;

/** A response as one object. Owned by one thread. */
record WholeResponse(Draft draft) implements Whole {

    @Override
    public void text(FlowEvent.Text piece) {
        draft.add(piece.text());
    }

    @Override
    public void done(FlowEvent.ChoiceDone done) {
        draft.end(done.reason());
    }

    @Override
    public byte[] json(Usage usage) {
        return draft.complete(usage);
    }
}
