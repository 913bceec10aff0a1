package io.millrace.web.error;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Answers what the container refuses before JAX-RS sees it, such as a key without the role that a path needs. */
@WebServlet("/container-error")
public class ContainerErrors extends HttpServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Object status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        boolean forwarded = request.getDispatcherType() == DispatcherType.ERROR && status instanceof Integer;
        ErrorResponse.write(ErrorMapper.ofStatus(forwarded ? (Integer) status : 404), request, response);
    }
}
