package io.millrace.ejb.resume;

import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.Usage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What every node knows of an answer beside what was said. Nothing of the prompt is among it: the client sends that again.
 *
 * @param owner the node that makes the answer
 * @param done  why each choice ended; null where it hasn't
 * @param usage null while the answer isn't over
 */
record Head(String owner, Ticket ticket, Kept.Shown shown, Kept.Facts facts, List<FinishReason> done, Usage usage) {

    Head {
        done = new ArrayList<>(done);
    }

    static Head of(String owner, Ticket ticket, Kept.Shown shown, Kept.Facts facts) {
        return new Head(owner, ticket, shown, facts, Arrays.asList(new FinishReason[shown.choices()]), null);
    }

    Head with(int choice, FinishReason reason) {
        Head next = new Head(owner, ticket, shown, facts, done, usage);
        next.done.set(choice, reason);
        return next;
    }

    Head with(Usage all) {
        return new Head(owner, ticket, shown, facts, done, all);
    }

    /** Whether all was told: the moment between the last choice's end and the usage may have been its node's last. */
    boolean over() {
        return usage != null || done.stream().allMatch(java.util.Objects::nonNull);
    }

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(owner);
            out.writeUTF(ticket.callId());
            out.writeUTF(ticket.keyId());
            out.writeUTF(ticket.fingerprint());
            out.writeUTF(shown.model());
            out.writeLong(shown.createdSeconds());
            out.writeByte(shown.choices());
            out.writeLong(facts.receivedMillis());
            out.writeLong(facts.seed());
            out.writeInt(facts.maxTokens());
            for (FinishReason reason : done) {
                out.writeByte(reason == null ? -1 : reason.ordinal());
            }
            out.writeBoolean(usage != null);
            if (usage != null) {
                out.writeInt(usage.promptTokens());
                out.writeInt(usage.completionTokens());
                out.writeInt(usage.cachedTokens());
                out.writeInt(usage.thoughtTokens());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Head of(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            String owner = in.readUTF();
            Ticket ticket = new Ticket(in.readUTF(), in.readUTF(), in.readUTF());
            Kept.Shown shown = new Kept.Shown(in.readUTF(), in.readLong(), in.readByte());
            Kept.Facts facts = new Kept.Facts(in.readLong(), in.readLong(), in.readInt());
            List<FinishReason> done = new ArrayList<>();
            for (int i = 0; i < shown.choices(); i++) {
                int reason = in.readByte();
                done.add(reason < 0 ? null : FinishReason.values()[reason]);
            }
            return new Head(owner, ticket, shown, facts, done, in.readBoolean()
                    ? new Usage(in.readInt(), in.readInt(), in.readInt(), in.available() > 0 ? in.readInt() : 0) : null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
