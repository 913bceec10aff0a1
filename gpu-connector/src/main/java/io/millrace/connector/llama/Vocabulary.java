package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.gguf.GgufFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A model's text side. Thread-safe: calls that go to the library hold the read lock, {@link #close} takes the write
 * lock, so the weights can't go away under a call. The pieces of all tokens are read once, at opening.
 */
final class Vocabulary implements Tokenizer {

    private static final String CLOSED = "the engine of this tokenizer is closed";

    /** First character of Unicode's private use area, whose characters mean nothing in any text. */
    private static final char PRIVATE_USE = '\uE000';

    private final Model model;
    private final MemorySegment vocab;
    private final Pieces pieces;
    private final BitSet ends;
    private final String template;
    private final Markers markers;
    private final TextCuts cuts;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private volatile boolean closed;

    Vocabulary(Model model, GgufFile file) {
        this.model = model;
        this.vocab = model.vocab();
        this.pieces = Pieces.read(model.library(), vocab);
        this.ends = ends(model.library(), vocab, pieces.count());
        this.template = model.chatTemplate();
        this.markers = markers();
        this.cuts = new TextCuts(file.text("tokenizer.ggml.model"), file.text("tokenizer.ggml.pre"), markers.texts());
    }

    private Markers markers() {
        List<String> texts = new ArrayList<>();
        for (int token = 0; token < size(); token++) {
            if ((model.library().vocabGetAttr(vocab, token) & Abi.TOKEN_ATTR_MARKER) != 0) {
                texts.add(model.library().vocabGetText(vocab, token));
            }
        }
        return new Markers(texts);
    }

    private static BitSet ends(Library library, MemorySegment vocab, int count) {
        BitSet ends = new BitSet(count);
        for (int token = 0; token < count; token++) {
            ends.set(token, library.vocabIsEog(vocab, token));
        }
        return ends;
    }

    /** Number of tokens. */
    int size() {
        return pieces.count();
    }

    MemorySegment vocab() {
        return vocab;
    }

    Pieces pieces() {
        return pieces;
    }

    @Override public int[] encode(String text, boolean special, boolean markers) {
        List<String> parts = cuts.of(text);
        if (parts.size() == 1) {
            byte[] utf8 = Utf8.bytes(text);
            return whileOpen(() -> encode(utf8, special, markers));
        }
        IntStream.Builder tokens = IntStream.builder();
        for (int i = 0; i < parts.size(); i++) {
            byte[] utf8 = Utf8.bytes(parts.get(i));
            boolean first = special && i == 0;
            for (int token : whileOpen(() -> encode(utf8, first, markers))) {
                tokens.add(token);
            }
        }
        return tokens.build().toArray();
    }

    private int[] encode(byte[] utf8, boolean special, boolean markers) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = arena.allocate(utf8.length + 1L);
            MemorySegment.copy(utf8, 0, source, JAVA_BYTE, 0, utf8.length);
            int room = utf8.length + 2;
            MemorySegment target = arena.allocate(JAVA_INT, room);
            int count = model.library().tokenize(vocab, source, utf8.length, target, room, special, markers);
            if (count < 0) {
                target = arena.allocate(JAVA_INT, -count);
                count = model.library().tokenize(vocab, source, utf8.length, target, -count, special, markers);
            }
            return target.asSlice(0, JAVA_INT.byteSize() * count).toArray(JAVA_INT);
        }
    }

    @Override public boolean hasMarkers(String text) {
        return markers.in(text);
    }

    @Override public byte[] bytes(int token) {
        requireOpen();
        requireToken(token);
        return pieces.bytes(token);
    }

    @Override public boolean endsGeneration(int token) {
        requireOpen();
        requireToken(token);
        return ends.get(token);
    }

    @Override public int longestTokenBytes() {
        requireOpen();
        return pieces.longest();
    }

    @Override public String chat(List<Turn> turns, boolean openAnswer) throws EngineException {
        requireOpen();
        if (template.isEmpty()) {
            return String.join("\n", turns.stream().map(Turn::content).toList());
        }
        char standIn = unusedCharacter(turns);
        byte[] prompt = whileOpen(() -> render(turns, openAnswer, standIn));
        if (prompt == null) {
            throw new EngineException(Code.TEMPLATE, "the chat template of this model is none that llama.cpp knows"
                    + " (llama_chat_apply_template); use a prompt without a chat, or another model file");
        }
        return new String(prompt, StandardCharsets.UTF_8).replace(standIn, '\0');
    }

    /** What stands for NUL while C strings carry the text: a character occurring neither there nor in the template. */
    private char unusedCharacter(List<Turn> turns) {
        char candidate = PRIVATE_USE;
        while (occurs(candidate, turns)) {
            candidate++;
        }
        return candidate;
    }

    private boolean occurs(char c, List<Turn> turns) {
        return template.indexOf(c) >= 0
                || turns.stream().anyMatch(turn -> turn.role().indexOf(c) >= 0 || turn.content().indexOf(c) >= 0);
    }

    /** The prompt's bytes, or null when the library doesn't know the template. */
    private byte[] render(List<Turn> turns, boolean openAnswer, char standIn) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment messages = arena.allocate(Abi.CHAT_MESSAGE_SIZE * Math.max(1, turns.size()), Long.BYTES);
            long bytes = template.length();
            for (int i = 0; i < turns.size(); i++) {
                MemorySegment role = cString(turns.get(i).role(), standIn, arena);
                MemorySegment content = cString(turns.get(i).content(), standIn, arena);
                messages.setAtIndex(ADDRESS, 2L * i, role);
                messages.setAtIndex(ADDRESS, 2L * i + 1, content);
                bytes += role.byteSize() + content.byteSize();
            }
            return render(arena, messages, turns.size(), openAnswer, 2 * bytes);
        }
    }

    private byte[] render(Arena arena, MemorySegment messages, int count, boolean openAnswer, long room) {
        MemorySegment source = arena.allocateFrom(template);
        MemorySegment target = arena.allocate(room);
        int length = model.library().chatApplyTemplate(source, messages, count, openAnswer, target);
        if (length > room) {
            target = arena.allocate(length);
            length = model.library().chatApplyTemplate(source, messages, count, openAnswer, target);
        }
        return length < 0 ? null : target.asSlice(0, length).toArray(JAVA_BYTE);
    }

    private static MemorySegment cString(String text, char standIn, Arena arena) {
        byte[] utf8 = Utf8.bytes(text.replace('\0', standIn));
        MemorySegment string = arena.allocate(utf8.length + 1L);
        MemorySegment.copy(utf8, 0, string, JAVA_BYTE, 0, utf8.length);
        return string;
    }

    private <T> T whileOpen(Supplier<T> call) {
        lock.readLock().lock();
        try {
            requireOpen();
            return call.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(CLOSED);
        }
    }

    private void requireToken(int token) {
        if (token < 0 || token >= pieces.count()) {
            throw new IllegalArgumentException("token " + token + " is outside the vocabulary of " + pieces.count());
        }
    }

    /** Waits for calls under way; every later one throws {@link IllegalStateException}. */
    void close() {
        lock.writeLock().lock();
        try {
            closed = true;
        } finally {
            lock.writeLock().unlock();
        }
    }
}
