package io.millrace.pilot;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.gguf.GgufFile;
import io.millrace.connector.gguf.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The model of the repository, read back: {@code -Dmillrace.pilot=FILE} names another one. No state. */
final class TrainedModel {

    static final Path ROOT = Path.of(System.getProperty("millrace.root"));
    static final Path NATIVES = Path.of(System.getProperty("millrace.natives"));
    static final Path FILE = Path.of(System.getProperty("millrace.pilot",
            ROOT.resolve("models/millrace-pilot.gguf").toString()));

    private TrainedModel() {}

    static EngineSpec spec(Path file, EngineSpec.KvType kv) {
        return new EngineSpec(EngineSpec.Kind.LLAMA, NATIVES, file, 2048, 1, 512, 1, kv, true, EngineSpec.Toggle.OFF, 0);
    }

    static Weights weights() throws IOException, EngineException {
        Weights weights = Weights.random(Shape.PILOT, 0);
        GgufFile file = GgufFile.read(FILE);
        ByteBuffer bytes = bytes();
        for (GgufFile.Tensor tensor : file.tensors()) {
            float[] values = weights.tensors().get(tensor.name().replaceFirst("\\.weight$", "")).values();
            bytes.position((int) (file.dataStart() + tensor.offset()));
            for (int i = 0; i < values.length; i++) {
                values[i] = tensor.type() == TensorType.F16 ? Float.float16ToFloat(bytes.getShort()) : bytes.getFloat();
            }
        }
        return weights;
    }

    static BytePairs vocabulary() throws IOException {
        Map<String, Integer> ids = new HashMap<>();
        for (String token : texts("tokenizer.ggml.tokens")) {
            ids.put(token, ids.size());
        }
        return BytePairs.of(texts("tokenizer.ggml.merges").stream().map(merge -> {
            int space = merge.indexOf(' ');
            return ids.get(merge.substring(0, space)) + " " + ids.get(merge.substring(space + 1));
        }).toList());
    }

    /** An array of texts, found by its key: the adapter's reader keeps only how many there are. */
    private static List<String> texts(String key) throws IOException {
        ByteBuffer bytes = bytes();
        String all = new String(bytes.array(), StandardCharsets.ISO_8859_1);
        bytes.position(all.indexOf(key) + key.length() + Integer.BYTES + Integer.BYTES);
        List<String> texts = new ArrayList<>();
        for (long count = bytes.getLong(); count > 0; count--) {
            byte[] text = new byte[(int) bytes.getLong()];
            bytes.get(text);
            texts.add(new String(text, StandardCharsets.UTF_8));
        }
        return texts;
    }

    private static ByteBuffer bytes() throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(FILE)).order(ByteOrder.LITTLE_ENDIAN);
    }
}
