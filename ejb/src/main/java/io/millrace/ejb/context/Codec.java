package io.millrace.ejb.context;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Heads and turns as bytes. No state. What it reads was sealed by this program, so damage is the reader's own mistake. */
final class Codec {

    static final int VERSION = 1;
    /** Since 2 a digest has a summary. */
    private static final int HEAD_VERSION = 2;

    private Codec() {}

    static byte[] bytes(Head head) {
        return written(out -> {
            out.writeByte(HEAD_VERSION);
            write(out, head.tenant());
            write(out, head.id());
            out.writeLong(head.createdMillis());
            out.writeLong(head.lastUsedMillis());
            out.writeInt(head.edition());
            out.writeInt(head.pages());
            out.writeInt(head.openFrom());
            out.writeInt(head.metadata().size());
            for (Map.Entry<String, String> each : head.metadata().entrySet()) {
                write(out, each.getKey());
                write(out, each.getValue());
            }
            writeItems(out, head.systems());
            out.writeInt(head.digest().cut());
            out.writeInt(head.digest().lines().size());
            for (Digest.Line line : head.digest().lines()) {
                out.writeInt(line.turn());
                out.writeInt(line.place());
                out.writeFloat(line.worth());
                write(out, line.text());
            }
            out.writeInt(head.digest().summary().turns());
            write(out, head.digest().summary().text());
            writeTurns(out, head.open());
        });
    }

    static Head head(byte[] bytes) {
        return read(bytes, in -> {
            int version = version(in, HEAD_VERSION);
            String tenant = text(in);
            String id = text(in);
            long created = in.readLong();
            long lastUsed = in.readLong();
            int edition = in.readInt();
            int pages = in.readInt();
            int openFrom = in.readInt();
            Map<String, String> metadata = new HashMap<>();
            for (int left = in.readInt(); left > 0; left--) {
                metadata.put(text(in), text(in));
            }
            List<Item> systems = items(in);
            int cut = in.readInt();
            List<Digest.Line> lines = new ArrayList<>();
            for (int left = in.readInt(); left > 0; left--) {
                lines.add(new Digest.Line(in.readInt(), in.readInt(), in.readFloat(), text(in)));
            }
            Digest.Summary summary = version < HEAD_VERSION ? Digest.Summary.NONE : new Digest.Summary(in.readInt(), text(in));
            return new Head(tenant, id, created, lastUsed, metadata, systems, edition, pages, openFrom, turns(in), new Digest(cut, lines, summary));
        });
    }

    static byte[] bytes(List<Turn> turns) {
        return written(out -> {
            out.writeByte(VERSION);
            writeTurns(out, turns);
        });
    }

    static List<Turn> turns(byte[] bytes) {
        return read(bytes, in -> {
            requireVersion(in);
            return turns(in);
        });
    }

    private static void writeTurns(DataOutputStream out, List<Turn> turns) throws IOException {
        out.writeInt(turns.size());
        for (Turn turn : turns) {
            writeItems(out, turn.items());
        }
    }

    private static List<Turn> turns(DataInputStream in) throws IOException {
        List<Turn> turns = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            turns.add(new Turn(items(in)));
        }
        return turns;
    }

    private static void writeItems(DataOutputStream out, List<Item> items) throws IOException {
        out.writeInt(items.size());
        for (Item item : items) {
            write(out, item.id());
            write(out, item.role());
            write(out, item.text());
            out.writeLong(item.atMillis());
        }
    }

    private static List<Item> items(DataInputStream in) throws IOException {
        List<Item> items = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            items.add(new Item(text(in), text(in), text(in), in.readLong()));
        }
        return items;
    }

    static void requireVersion(DataInputStream in) throws IOException {
        version(in, VERSION);
    }

    private static int version(DataInputStream in, int newest) throws IOException {
        int version = in.readByte();
        if (version < 1 || version > newest) {
            throw new IOException("version " + version + " is not known here");
        }
        return version;
    }

    static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    static String text(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }

    @FunctionalInterface
    interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    @FunctionalInterface
    interface Reading<T> {
        T from(DataInputStream in) throws IOException;
    }

    static byte[] written(Writing writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            writing.to(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static <T> T read(byte[] bytes, Reading<T> reading) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            return reading.from(in);
        } catch (IOException e) {
            throw new UncheckedIOException("a conversation can't be read: " + e.getMessage(), e);
        }
    }
}
