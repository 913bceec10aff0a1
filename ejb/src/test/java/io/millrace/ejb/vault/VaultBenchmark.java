package io.millrace.ejb.vault;

import io.millrace.config.Secret;
import io.millrace.config.VaultKeys;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What sealing and opening cost, on one thread: a turn, a conversation, the KV state of one. */
final class VaultBenchmark {

    private static final long BYTES_A_ROUND = 512L << 20;
    private static final int MOST_PIECES = 100_000;

    private VaultBenchmark() {}

    public static void main(String[] arguments) throws UnreadableException {
        Vault vault = new Vault(new VaultKeys(new Secret(Base64.getEncoder().encodeToString(new byte[32])), Optional.empty(), List.of()), Path.of("none"));
        for (int bytes : new int[] {256, 4 << 10, 64 << 10, 1 << 20, 32 << 20}) {
            byte[] plain = new byte[bytes];
            new Random(1).nextBytes(plain);
            byte[] bound = new byte[64];
            int pieces = (int) Math.min(MOST_PIECES, BYTES_A_ROUND / bytes);
            for (int round = 0; round < 3; round++) {
                long start = System.nanoTime();
                byte[] sealed = null;
                for (int i = 0; i < pieces; i++) {
                    sealed = vault.seal(plain, bound);
                }
                long middle = System.nanoTime();
                for (int i = 0; i < pieces; i++) {
                    vault.open(sealed, bound);
                }
                long end = System.nanoTime();
                System.out.printf("%,d bytes: seal %.1f us, %.0f MB/s; open %.1f us, %.0f MB/s%n", bytes, micros(middle - start, pieces),
                        megabytes(middle - start, pieces, bytes), micros(end - middle, pieces), megabytes(end - middle, pieces, bytes));
            }
        }
    }

    private static double micros(long nanos, int pieces) {
        return nanos / 1e3 / pieces;
    }

    private static double megabytes(long nanos, int pieces, int bytes) {
        return (double) bytes * pieces / nanos * 1e3;
    }
}
