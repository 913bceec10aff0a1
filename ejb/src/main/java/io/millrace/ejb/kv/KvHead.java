package io.millrace.ejb.kv;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What a state is of. Spaces and conversations are told apart by their digests: no name of theirs lies on the disk.
 *
 * @param model        as in {@link io.millrace.connector.engine.KvSnapshot#model}
 * @param space        within which prompts may share their beginnings
 * @param conversation empty where it belongs to none
 * @param tokens       that the state covers; not to be changed
 */
record KvHead(String model, String space, String conversation, int[] tokens) {

    static KvHead of(String model, String space, String conversation, int[] tokens, int length) {
        return new KvHead(model, digest(space), digest(conversation), Arrays.copyOf(tokens, length));
    }

    /** Empty for null. */
    static String digest(String name) {
        if (name == null) {
            return "";
        }
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Whether the tokens of this one are the beginning of the other's, of the same model and space. */
    boolean begins(KvHead other) {
        return alike(other.model, other.space, other.tokens, other.tokens.length) == tokens.length;
    }

    /** How many of its tokens are those of another text, at most {@code most}; 0 for another model or space. */
    int alike(String ofModel, String ofSpace, int[] text, int most) {
        if (!model.equals(ofModel) || !space.equals(ofSpace)) {
            return 0;
        }
        int least = Math.min(tokens.length, most);
        int differs = Arrays.mismatch(tokens, 0, least, text, 0, least);
        return differs < 0 ? least : differs;
    }

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(model);
            out.writeUTF(space);
            out.writeUTF(conversation);
            out.writeInt(tokens.length);
            ByteBuffer raw = ByteBuffer.allocate(Integer.BYTES * tokens.length);
            raw.asIntBuffer().put(tokens);
            out.write(raw.array());
        } catch (IOException e) {
            throw new IllegalArgumentException("no head of a file: " + e.getMessage(), e);
        }
        return bytes.toByteArray();
    }

    /** @throws IOException where these are not the bytes of a head */
    static KvHead of(byte[] bytes) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            String model = in.readUTF();
            String space = in.readUTF();
            String conversation = in.readUTF();
            int count = in.readInt();
            if (count < 0 || (long) Integer.BYTES * count != in.available()) {
                throw new IOException(count + " tokens in " + in.available() + " bytes");
            }
            int[] tokens = new int[count];
            ByteBuffer.wrap(in.readAllBytes()).asIntBuffer().get(tokens);
            return new KvHead(model, space, conversation, tokens);
        }
    }
}
