package io.millrace.web.http;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;
import java.lang.reflect.Proxy;
import java.util.Map;

/** Servlet requests for tests: a body, or headers; every other question is an error. */
public final class Requests {

    private Requests() {}

    /** A body that comes in pieces of at most {@code piece} bytes. */
    static HttpServletRequest of(byte[] body, int piece, boolean declared) {
        return request(declared ? body.length : -1, stream(body, piece), Map.of());
    }

    static HttpServletRequest declaring(long length, byte[] body) {
        return request(length, stream(body, body.length), Map.of());
    }

    static HttpServletRequest unreadable(long length) {
        return request(length, null, Map.of());
    }

    /** Header names in lower case. */
    public static HttpServletRequest withHeaders(Map<String, String> headers) {
        return request(-1, null, headers);
    }

    private static HttpServletRequest request(long length, ServletInputStream body, Map<String, String> headers) {
        return (HttpServletRequest) Proxy.newProxyInstance(Requests.class.getClassLoader(), new Class<?>[] {HttpServletRequest.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getContentLengthLong" -> length;
                    case "getInputStream" -> {
                        if (body == null) {
                            throw new AssertionError("the body must not be read");
                        }
                        yield body;
                    }
                    case "getHeader" -> headers.get(((String) arguments[0]).toLowerCase(java.util.Locale.ROOT));
                    default -> throw new AssertionError(method.getName());
                });
    }

    private static ServletInputStream stream(byte[] body, int piece) {
        ByteArrayInputStream bytes = new ByteArrayInputStream(body);
        return new ServletInputStream() {
            @Override
            public int read() {
                return bytes.read();
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                return bytes.read(into, offset, Math.min(length, Math.max(1, piece)));
            }

            @Override
            public boolean isFinished() {
                return bytes.available() == 0;
            }

            @Override
            public boolean isReady() {
                return true;
            }

            @Override
            public void setReadListener(ReadListener listener) {
                throw new UnsupportedOperationException();
            }
        };
    }
}
