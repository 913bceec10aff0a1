package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.HexFormat;

/**
 * How the C structures of llama.cpp 0.5.0 lie in memory on a 64-bit machine ({@code llama.h}, {@code ggml.h}).
 *
 * <p>Only the fields that we set have names; the rest keeps what the library's own {@code *_default_params} returned.
 * The {@code DEFAULT_…} texts pin those defaults byte for byte, so that a library
 * with another layout is noticed before the first structure is passed to it.
 */
final class Abi {

    /** {@code llama_version()} of the library that these layouts were taken from. */
    static final String VERSION = "0.5.0-dev";

    /** File of the library, without the platform's prefix and suffix. */
    static final String LIBRARY_NAME = "llama.v0.5.0";

    /** The same in a build with CUDA. */
    static final String CUDA_LIBRARY_NAME = "llama.cuda.v0.5.0";

    static final StructLayout MODEL_PARAMS = opaque(80);
    static final StructLayout CONTEXT_PARAMS = opaque(160);
    static final StructLayout QUANTIZE_PARAMS = opaque(64);
    static final StructLayout BATCH = MemoryLayout.structLayout(
            JAVA_INT.withName("n_tokens"), MemoryLayout.paddingLayout(4), ADDRESS.withName("token"),
            ADDRESS.withName("embd"), ADDRESS.withName("pos"), ADDRESS.withName("n_seq_id"),
            ADDRESS.withName("seq_id"), ADDRESS.withName("logits"));

    /** Larger than any known version of the parameter structures: what a foreign library may write to. */
    static final StructLayout ROOMY = opaque(512);
    /** The byte that {@link #ROOMY} is filled with before the call, so that untouched bytes show. */
    static final byte UNTOUCHED = (byte) 0xEE;

    /** {@code llama_model_params}. */
    static final class ModelParams {
        static final long N_GPU_LAYERS = 16;
        static final long LOAD_MODE = 24;
        static final int LOAD_MODE_MMAP = 1;
        /** Whether weights may lie in a layout of the processor's own, {@code bool}. */
        static final long USE_EXTRA_BUFTS = 74;

        private ModelParams() {}
    }

    /** {@code llama_context_params}. */
    static final class ContextParams {
        static final long N_CTX = 0;
        static final long N_BATCH = 4;
        static final long N_UBATCH = 8;
        static final long N_SEQ_MAX = 12;
        static final long N_OUTPUTS_MAX = 20;
        static final long N_THREADS = 28;
        static final long N_THREADS_BATCH = 32;
        static final long FLASH_ATTN_TYPE = 52;
        static final long TYPE_K = 104;
        static final long TYPE_V = 108;
        static final long ABORT_CALLBACK = 112;
        static final long ABORT_CALLBACK_DATA = 120;
        static final long NO_PERF = 130;
        static final long KV_UNIFIED = 133;

        private ContextParams() {}
    }

    /** {@code llama_model_quantize_params}. */
    static final class QuantizeParams {
        static final long N_THREAD = 0;
        static final long FTYPE = 4;
        static final long ALLOW_REQUANTIZE = 16;

        private QuantizeParams() {}
    }

    /** {@code llama_batch}. */
    static final class Batch {
        static final long N_TOKENS = 0;
        static final long TOKEN = 8;
        static final long POS = 24;
        static final long N_SEQ_ID = 32;
        static final long SEQ_ID = 40;
        static final long LOGITS = 48;

        private Batch() {}
    }

    /** {@code llama_token_data} and {@code llama_token_data_array}. */
    static final class TokenData {
        static final long SIZE = 12;
        static final long ID = 0;
        static final long LOGIT = 4;
        static final long ARRAY_SIZE = 32;
        static final long ARRAY_DATA = 0;
        static final long ARRAY_COUNT = 8;
        static final long ARRAY_SELECTED = 16;
        static final long ARRAY_SORTED = 24;

        private TokenData() {}
    }

    /** {@code LLAMA_TOKEN_ATTR_CONTROL} and {@code LLAMA_TOKEN_ATTR_USER_DEFINED}. */
    static final int TOKEN_ATTR_MARKER = 1 << 3 | 1 << 4;

    /** {@code llama_chat_message}: role and content. */
    static final long CHAT_MESSAGE_SIZE = 16;

    /** Defaults of {@code llama_model_params}; {@code ..} is padding, which the library leaves as it was. */
    static final String DEFAULT_MODEL_PARAMS = "0000000000000000 0000000000000000 ffffffff01000000 ffffffff01000000"
            + " 00000000........ 0000000000000000 0000000000000000 0000000000000000 0000000000000000"
            + " 000001000000....";

    /** Defaults of {@code llama_context_params}. */
    static final String DEFAULT_CONTEXT_PARAMS = "0002000000080000 0002000001000000 0000000000000000 0100000004000000"
            + " 0400000000000000 ffffffffffffffff ffffffffffffffff 0000000000000000 000080bf000080bf"
            + " 000080bf000080bf 00000000000080bf 0000000000000000 0000000000000000 0100000001000000"
            + " 0000000000000000 0000000000000000 000101010100.... 0000000000000000 0000000000000000"
            + " 0000000000000000";

    /** Defaults of {@code llama_model_quantize_params}. */
    static final String DEFAULT_QUANTIZE_PARAMS = "0000000007000000 2b0000002b000000 000100000000.... 0000000000000000"
            + " 0000000000000000 0000000000000000 0000000000000000 0000000002000000";

    private Abi() {}

    /**
     * Compares what a library wrote with what the pinned version writes.
     *
     * @param written {@link #ROOMY} bytes, filled with {@link #UNTOUCHED} before the call
     * @return null when they agree, else which byte does not
     */
    static String difference(MemorySegment written, String pinned) {
        String hex = pinned.replace(" ", "");
        int size = hex.length() / 2;
        for (int at = 0; at < size; at++) {
            String want = hex.substring(2 * at, 2 * at + 2);
            byte found = written.get(JAVA_BYTE, at);
            if (!want.equals("..") && (byte) HexFormat.fromHexDigits(want) != found) {
                return "byte %d is %02x instead of %s".formatted(at, found, want);
            }
        }
        for (long at = size; at < written.byteSize(); at++) {
            if (written.get(JAVA_BYTE, at) != UNTOUCHED) {
                return "the structure is longer than " + size + " bytes";
            }
        }
        return null;
    }

    private static StructLayout opaque(long bytes) {
        return MemoryLayout.structLayout(MemoryLayout.sequenceLayout(bytes / JAVA_LONG.byteSize(), JAVA_LONG));
    }
}
