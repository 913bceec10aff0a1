package io.millrace.pilot;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Weights, moments and the step that they belong to, in one file that is replaced as a whole. No state. */
final class Checkpoint {

    private Checkpoint() {}

    static void write(Path file, int step, Weights weights, AdamW optimiser) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(part), 1 << 20))) {
            out.writeInt(step);
            for (Weights.Tensor tensor : weights.tensors().values()) {
                write(out, tensor.values());
            }
            for (AdamW.Moments moments : optimiser.moments().values()) {
                write(out, moments.first());
                write(out, moments.second());
            }
        }
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Fills both and returns the step; {@code optimiser} may be null when only the weights are wanted. */
    static int read(Path file, Weights weights, AdamW optimiser) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 20))) {
            int step = in.readInt();
            for (Weights.Tensor tensor : weights.tensors().values()) {
                read(in, tensor.values());
            }
            if (optimiser != null) {
                for (AdamW.Moments moments : optimiser.moments().values()) {
                    read(in, moments.first());
                    read(in, moments.second());
                }
            }
            return step;
        }
    }

    private static void write(DataOutputStream out, float[] values) throws IOException {
        for (float value : values) {
            out.writeFloat(value);
        }
    }

    private static void read(DataInputStream in, float[] values) throws IOException {
        for (int i = 0; i < values.length; i++) {
            values[i] = in.readFloat();
        }
    }
}
