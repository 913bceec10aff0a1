package io.millrace.web.openai;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** Text completions; {@code META-INF/openapi.yaml} describes them. */
@WebServlet(urlPatterns = {CompletionReader.ENDPOINT, CompletionReader.ENDPOINT + "/", "/completions", "/beta/completions"},
        asyncSupported = true, loadOnStartup = 1)
public class CompletionDoor extends Door {

    private static final long serialVersionUID = 1L;
    private static final Format FORMAT = new CompletionFormat();

    @Override
    protected void begin(Answers by, HttpServletRequest request, HttpServletResponse response) {
        by.begin(request, response, CompletionReader.ENDPOINT, FORMAT,
                (body, caller, wishes) -> new CompletionReader(body, caller, wishes).read());
    }
}
