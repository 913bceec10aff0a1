package io.millrace.connector.gguf;

import java.io.IOException;

/** What is wrong with a file's header, without the file's name. */
final class GgufDamage extends IOException {

    private static final long serialVersionUID = 1L;

    GgufDamage(String message) {
        super(message);
    }
}
