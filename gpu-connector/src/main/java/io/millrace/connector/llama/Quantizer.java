package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.gguf.GgufFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes a model again with shorter numbers ({@code llama_model_quantize}). No state; each call may come from any
 * thread.
 */
public final class Quantizer {

    /** What can be written: values of {@code llama_ftype}, with the block that each row must be a multiple of. */
    public enum Format {
        Q8_0(7, 32, 1.2), Q4_0(2, 32, 0.8), Q4_K_M(15, 256, 0.8);

        private final int fileType;
        private final int blockLength;
        private final double mostBytesPerWeight;

        Format(int fileType, int blockLength, double mostBytesPerWeight) {
            this.fileType = fileType;
            this.blockLength = blockLength;
            this.mostBytesPerWeight = mostBytesPerWeight;
        }

        /** Size of the result where every row fits, an estimate from above; where not, twice that is enough. */
        public long bytes(GgufFile file) {
            long rest = file.fileBytes() - file.weightBytes();
            return rest + (long) (file.parameters() * mostBytesPerWeight * (misfits(file) > 0 ? 2 : 1));
        }

        /** Matrices whose rows are no whole blocks; the library gives them a format with more bits. */
        public long misfits(GgufFile file) {
            return file.tensors().stream()
                    .filter(tensor -> tensor.shape().length > 1 && tensor.shape()[0] % blockLength != 0).count();
        }
    }

    /** Told after each tensor; both count from 1. */
    public interface Progress {
        void at(int tensor, int tensors);
    }

    private static final Pattern TENSOR = Pattern.compile("^\\[\\s*(\\d{1,9})/\\s*(\\d{1,9})]");

    private Quantizer() {}

    /**
     * Writes {@code from} to {@code to} in another format, replacing what is there. Takes up to 8 GiB of memory for one
     * tensor and all processors.
     *
     * @param natives folder of the native library
     * @param threads 0: every processor
     * @param again   whether numbers that are short already may be shortened again, which costs accuracy twice
     * @throws EngineException NATIVE_LIBRARY, or as {@link GgufFile#read} does, or MODEL_UNSUPPORTED with the library's
     *         reason; {@code to} is then incomplete
     */
    public static void write(Path natives, Path from, Path to, Format format, int threads, boolean again, Progress progress)
            throws EngineException {
        Library library = Library.open(natives);
        GgufFile.read(from);
        NativeLog.forget();
        int[] result = {0};
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = library.modelQuantizeDefaultParams(arena);
            params.set(JAVA_INT, Abi.QuantizeParams.N_THREAD, threads);
            params.set(JAVA_INT, Abi.QuantizeParams.FTYPE, format.fileType);
            params.set(JAVA_BOOLEAN, Abi.QuantizeParams.ALLOW_REQUANTIZE, again);
            MemorySegment source = arena.allocateFrom(from.toString());
            MemorySegment target = arena.allocateFrom(to.toString());
            NativeLog.following(line -> tell(line, progress), () -> result[0] = library.modelQuantize(source, target, params));
        }
        if (result[0] != 0) {
            String why = NativeLog.takeError("no reason given").replaceFirst("^llama_model_quantize: failed to quantize: ", "");
            throw new EngineException(Code.MODEL_UNSUPPORTED, from + " can't be written as " + format + ": " + why);
        }
    }

    /** The library has no callback for its progress; its log names each tensor with its number. */
    private static void tell(String line, Progress progress) {
        Matcher tensor = TENSOR.matcher(line);
        if (tensor.find()) {
            progress.at(Integer.parseInt(tensor.group(1)), Integer.parseInt(tensor.group(2)));
        }
    }
}
