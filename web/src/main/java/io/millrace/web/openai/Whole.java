package io.millrace.web.openai;

import io.millrace.ejb.flow.FlowEvent.Usage;
import java.io.IOException;

/** An answer that is told as one object. */
public interface Whole extends Telling {

    /**
     * The object; at the end of a good flow.
     *
     * @throws io.millrace.web.error.ApiError where it can't be told
     */
    byte[] json(Usage usage) throws IOException;
}
