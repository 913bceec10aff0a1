package io.millrace.connector.llama;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.gguf.GgufFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What a KV snapshot must come from to fit: the same weights, laid out in the same kind of KV cache. */
final class Identity {

    private static final int SAMPLES = 64;
    private static final int SAMPLE_BYTES = 4096;

    private Identity() {}

    /**
     * A digest of library version, KV layout, and the file: its size, the start of its header and {@value #SAMPLES}
     * samples of its weights. Reading all of a file of many gigabytes would take longer than loading it; two models of
     * one shape differ everywhere.
     */
    static String of(GgufFile file, EngineSpec spec) throws EngineException {
        String layout = String.join("|", Abi.VERSION, file.name(), file.architecture(), file.quantisation(),
                String.valueOf(file.fileBytes()), spec.kvType().name(), spec.flashAttention().name(),
                spec.unifiedKv() ? "unified" : "split over " + spec.allSlots());
        try (FileChannel channel = FileChannel.open(file.path())) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(layout.getBytes(StandardCharsets.UTF_8));
            ByteBuffer sample = ByteBuffer.allocate(SAMPLE_BYTES);
            for (int i = 0; i < SAMPLES; i++) {
                channel.read(sample.clear(), file.fileBytes() / SAMPLES * i);
                digest.update(sample.flip());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new EngineException(Code.MODEL_MISSING, file.path() + " can't be read: " + e.getMessage(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
