package io.millrace.web.openai;

import io.millrace.ejb.flow.FlowEvent;
import io.millrace.web.error.ApiError;
import java.io.IOException;
import java.io.OutputStream;

/** An answer that is told as server-sent events: collects frames, then hands them over. */
public interface Streaming extends Telling {

    /**
     * The end of a good flow.
     *
     * @throws ApiError where it can't be told
     */
    void end(FlowEvent.End end) throws IOException;

    /** A sign of life. */
    void keepAlive();

    /** Hands over what was collected; it need not leave before the stream is flushed or ended. */
    void writeTo(OutputStream out) throws IOException;

    /** The last frames of a stream that broke; the connection must be aborted after them. */
    byte[] broken(ApiError error);
}
