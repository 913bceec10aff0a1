package io.millrace.ejb.vault;

import io.millrace.ejb.vault.Packing.Dictionary;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * What packing saves and costs with and without a dictionary. Its argument is a file of dialogues, gzipped JSON: id to turns of
 * role and content. It learns from every second dialogue and packs the others, whole, half, and turn by turn.
 */
final class PackingBenchmark {

    private static final int MOST_BYTES = 1 << 26;

    private PackingBenchmark() {}

    public static void main(String[] arguments) throws IOException, UnreadableException {
        for (String file : arguments) {
            List<List<byte[]>> dialogues = dialogues(Path.of(file));
            List<byte[]> samples = new ArrayList<>();
            for (int i = 0; i < dialogues.size(); i += 2) {
                samples.addAll(dialogues.get(i));
                samples.add(joined(dialogues.get(i), 1));
            }
            long start = System.nanoTime();
            Optional<Dictionary> dictionary = Packing.train(samples);
            System.out.printf("%s: %d samples, dictionary of %d bytes in %.1f s%n", Path.of(file).getFileName(), samples.size(),
                    dictionary.map(each -> each.content().length).orElse(0), (System.nanoTime() - start) / 1e9);
            List<byte[]> whole = new ArrayList<>();
            List<byte[]> half = new ArrayList<>();
            List<byte[]> turns = new ArrayList<>();
            for (int i = 1; i < dialogues.size(); i += 2) {
                whole.add(joined(dialogues.get(i), 1));
                half.add(joined(dialogues.get(i), 2));
                turns.addAll(dialogues.get(i));
            }
            for (List<byte[]> pieces : List.of(whole, half, turns)) {
                try (Packing plain = new Packing(); Packing trained = new Packing()) {
                    dictionary.ifPresent(trained::use);
                    measure("without", plain, pieces);
                    measure("with", trained, pieces);
                }
            }
        }
    }

    private static void measure(String name, Packing packing, List<byte[]> pieces) throws UnreadableException {
        long before = 0;
        long after = 0;
        long packNanos = 0;
        long unpackNanos = 0;
        for (int round = 0; round < 3; round++) {
            before = after = packNanos = unpackNanos = 0;
            for (byte[] piece : pieces) {
                long start = System.nanoTime();
                byte[] packed = packing.pack(piece);
                long middle = System.nanoTime();
                byte[] back = packing.unpack(packed, MOST_BYTES);
                unpackNanos += System.nanoTime() - middle;
                packNanos += middle - start;
                if (!Arrays.equals(back, piece)) {
                    throw new IllegalStateException("another text came back");
                }
                before += piece.length;
                after += packed.length;
            }
        }
        System.out.printf("  %5d pieces of %6d bytes, %7s: %.1f %% of size, pack %.0f us, unpack %.0f us%n", pieces.size(), before / pieces.size(), name,
                100.0 * after / before, packNanos / 1e3 / pieces.size(), unpackNanos / 1e3 / pieces.size());
    }

    private static byte[] joined(List<byte[]> turns, int part) {
        StringBuilder text = new StringBuilder("[");
        turns.subList(0, Math.max(1, turns.size() / part)).forEach(turn -> text.append(new String(turn, StandardCharsets.UTF_8)).append(','));
        return text.append(']').toString().getBytes(StandardCharsets.UTF_8);
    }

    private static List<List<byte[]>> dialogues(Path file) throws IOException {
        List<List<byte[]>> dialogues = new ArrayList<>();
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file)); var reader = Json.createReader(in)) {
            JsonObject all = reader.readObject();
            for (String id : all.keySet()) {
                JsonArray turns = all.getJsonArray(id);
                dialogues.add(turns.getValuesAs(JsonObject.class).stream().map(turn -> turn.toString().getBytes(StandardCharsets.UTF_8)).toList());
            }
        }
        return dialogues;
    }
}
