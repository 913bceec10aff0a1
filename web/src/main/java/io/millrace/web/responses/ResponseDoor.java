package io.millrace.web.responses;

import io.millrace.ejb.context.Conversations;
import io.millrace.web.WebSettings;
import io.millrace.web.openai.Answers;
import io.millrace.web.openai.Door;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** Responses that are asked for; {@link StoredResource} has those that are there. {@code META-INF/openapi.yaml} describes them. */
@WebServlet(urlPatterns = {ResponseReader.ENDPOINT, ResponseReader.ENDPOINT + "/"}, asyncSupported = true, loadOnStartup = 1)
public class ResponseDoor extends Door {

    private static final long serialVersionUID = 1L;

    @Inject
    private transient Conversations conversations;
    @Inject
    private transient WebSettings settings;

    @Override
    protected void begin(Answers by, HttpServletRequest request, HttpServletResponse response) {
        ResponseFormat format = new ResponseFormat(conversations, settings.maxMessages());
        by.begin(request, response, ResponseReader.ENDPOINT, format, format::read);
    }
}
