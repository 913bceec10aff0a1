package io.millrace.web.openai;

import io.millrace.web.WebSettings;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** Chat completions; {@code META-INF/openapi.yaml} describes them. */
@WebServlet(urlPatterns = {ChatReader.ENDPOINT, ChatReader.ENDPOINT + "/", "/chat/completions", "/beta/chat/completions"},
        asyncSupported = true, loadOnStartup = 1)
public class ChatDoor extends Door {

    private static final long serialVersionUID = 1L;
    private static final Format FORMAT = new ChatFormat();

    @Inject
    private transient WebSettings settings;

    @Override
    protected void begin(Answers by, HttpServletRequest request, HttpServletResponse response) {
        int maxMessages = settings.maxMessages();
        by.begin(request, response, ChatReader.ENDPOINT, FORMAT,
                (body, caller, wishes) -> new ChatReader(body, caller, wishes, maxMessages).read());
    }
}
