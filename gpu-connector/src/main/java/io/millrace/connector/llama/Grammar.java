package io.millrace.connector.llama;

/** What is checked of a GBNF grammar before llama.cpp sees it. */
final class Grammar {

    /** The rule that a text begins with. */
    static final String ROOT = "root";

    private Grammar() {}

    /** Why the grammar can't be used, or null. */
    static String fault(String text) {
        return text.indexOf('\0') >= 0 ? "it holds a NUL character" : null;
    }
}
