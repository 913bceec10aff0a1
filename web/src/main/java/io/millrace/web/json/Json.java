package io.millrace.web.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.web.error.ApiError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** The one place that knows how JSON is read and written. Thread-safe. */
public final class Json {

    /** Deepest nesting of a request. */
    static final int DEEPEST = 64;

    private static final int LONGEST_NUMBER = 100;
    private static final int LONGEST_NAME = 1024;

    /*
     * The default recycler keeps buffers per thread, which is no use to virtual threads that live for one request.
     * Field names are not interned: they are the client's to choose.
     */
    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .recyclerPool(JsonRecyclerPools.sharedConcurrentDequePool())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST).maxNumberLength(LONGEST_NUMBER).maxNameLength(LONGEST_NAME)
                    .maxStringLength(Integer.MAX_VALUE).build())
            .rootValueSeparator("")
            .disable(com.fasterxml.jackson.core.StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
            .disable(com.fasterxml.jackson.core.StreamWriteFeature.AUTO_CLOSE_CONTENT)
            .build();

    private static final ObjectMapper MAPPER = new ObjectMapper(FACTORY);

    private Json() {}

    /**
     * Reads a request's body, which is one JSON object in UTF-8 (RFC 8259; a byte order mark is skipped).
     *
     * @throws ApiError 400, saying what is wrong and where
     */
    public static ObjectNode object(byte[] body) {
        CharBuffer text = utf8(body);
        int start = text.hasRemaining() && text.charAt(0) == '\ufeff' ? 1 : 0;
        if (text.length() == start) {
            throw ApiError.malformed("The request body is empty; a JSON object was expected.");
        }
        try (JsonParser parser = FACTORY.createParser(text.array(), text.arrayOffset() + start, text.length() - start)) {
            JsonNode root = MAPPER.readTree(parser);
            if (parser.nextToken() != null) {
                throw ApiError.malformed("The request body goes on after the JSON object ended" + at(parser.currentTokenLocation()));
            }
            if (root instanceof ObjectNode object) {
                return object;
            }
            throw ApiError.malformed("The request body must be a JSON object.");
        } catch (JsonProcessingException e) {
            throw ApiError.malformed("The request body is not valid JSON: " + told(e) + at(e.getLocation()));
        } catch (IOException e) {
            throw new UncheckedIOException("Reading from memory failed", e);
        }
    }

    /** A generator that writes UTF-8 and flushes nothing further than into {@code out}. */
    public static JsonGenerator generator(OutputStream out) {
        try {
            return FACTORY.createGenerator(out);
        } catch (IOException e) {
            throw new UncheckedIOException("Writing to memory failed", e);
        }
    }

    /** Writes one value. */
    @FunctionalInterface
    public interface Writing {
        void to(JsonGenerator json) throws IOException;
    }

    /** What {@code writing} writes, in UTF-8. */
    public static byte[] bytes(Writing writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator json = generator(bytes)) {
            writing.to(json);
        } catch (IOException e) {
            throw new UncheckedIOException("Writing to memory failed", e);
        }
        return bytes.toByteArray();
    }

    /** What the API says of something that is deleted. */
    public static byte[] deleted(String id, String object) {
        return bytes(json -> {
            json.writeStartObject();
            json.writeStringField("id", id);
            json.writeStringField("object", object);
            json.writeBooleanField("deleted", true);
            json.writeEndObject();
        });
    }

    private static CharBuffer utf8(byte[] body) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer bytes = ByteBuffer.wrap(body);
        CharBuffer text = CharBuffer.allocate(body.length);
        try {
            CoderResult result = decoder.decode(bytes, text, true);
            if (result.isError()) {
                result.throwException();
            }
        } catch (CharacterCodingException e) {
            throw ApiError.malformed("The request body is not valid UTF-8 (byte " + bytes.position() + ").");
        }
        return text.flip();
    }

    /** What Jackson says, without its advice on its own settings. */
    private static String told(JsonProcessingException e) {
        String said = e.getOriginalMessage();
        int source = said.indexOf(", from `");
        if (source >= 0) {
            return said.substring(0, source) + ")";
        }
        int advice = said.indexOf(": enable `");
        return advice < 0 ? said : said.substring(0, advice);
    }

    private static String at(JsonLocation location) {
        return location == null ? "." : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ").";
    }
}
