package io.millrace.ejb.context;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * A response that its owner can ask for again.
 *
 * @param id            unique for its owner
 * @param conversation  what it is a turn of
 * @param item          its answer's item there
 * @param hidden        whether the conversation is there for responses alone and goes with the last of them
 * @param createdMillis milliseconds since 1970
 * @param content       as its owner gets it; means nothing here
 */
public record Paper(String id, String conversation, String item, boolean hidden, long createdMillis, byte[] content) {

    byte[] bytes() {
        return Codec.written(out -> {
            out.writeByte(Codec.VERSION);
            Codec.write(out, id);
            Codec.write(out, conversation);
            Codec.write(out, item);
            out.writeBoolean(hidden);
            out.writeLong(createdMillis);
            write(out, content);
        });
    }

    static Paper of(byte[] bytes) {
        return Codec.read(bytes, in -> {
            Codec.requireVersion(in);
            return new Paper(Codec.text(in), Codec.text(in), Codec.text(in), in.readBoolean(), in.readLong(), content(in));
        });
    }

    private static void write(DataOutputStream out, byte[] content) throws IOException {
        out.writeInt(content.length);
        out.write(content);
    }

    private static byte[] content(DataInputStream in) throws IOException {
        return in.readNBytes(in.readInt());
    }
}
