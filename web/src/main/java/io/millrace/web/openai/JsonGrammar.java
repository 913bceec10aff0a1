package io.millrace.web.openai;

/** The grammar behind {@code response_format: json_object}. */
final class JsonGrammar {

    /**
     * A JSON object (RFC 8259) in GBNF, llama.cpp's grammar notation. White space is bounded, because a model that is
     * held to JSON can otherwise go on writing it for ever.
     */
    static final String OBJECT = """
            root   ::= object
            object ::= "{" ws ( member ( "," ws member )* )? "}"
            member ::= string ws ":" ws value ws
            array  ::= "[" ws ( value ws ( "," ws value ws )* )? "]"
            value  ::= object | array | string | number | "true" | "false" | "null"
            string ::= "\\"" ( [^"\\\\\\x00-\\x1F] | "\\\\" ( ["\\\\/bfnrt] | "u" hex hex hex hex ) )* "\\""
            hex    ::= [0-9a-fA-F]
            number ::= "-"? ( "0" | [1-9] [0-9]{0,15} ) ( "." [0-9]{1,16} )? ( [eE] [-+]? [0-9]{1,3} )?
            ws     ::= ( " " | "\\n" [ \\t]{0,20} )?
            """;

    private JsonGrammar() {}
}
