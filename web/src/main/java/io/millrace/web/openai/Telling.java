package io.millrace.web.openai;

import io.millrace.ejb.flow.FlowEvent;
import java.io.IOException;

/** An answer on its way to its client; takes the flow's events in their order. Owned by the request's thread. */
public interface Telling {

    void text(FlowEvent.Text piece) throws IOException;

    /** What the model thinks before it answers; most doors don't tell it. */
    default void reasoning(FlowEvent.Reasoning more) throws IOException {}

    void done(FlowEvent.ChoiceDone done) throws IOException;
}
