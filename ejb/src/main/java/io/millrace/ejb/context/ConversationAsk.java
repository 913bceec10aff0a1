package io.millrace.ejb.context;

import io.millrace.persistence.archive.Archive;

/**
 * Which conversation a call belongs to.
 *
 * @param id         one that was made here, {@code conv_…}, or a name of the client's own, which is made at its first use;
 *                   null: a new one, which is there when its first turn is kept
 * @param refuse     whether the call is refused instead of waiting while another one has the conversation
 * @param after      the answer's item that the call goes on from; where more was said since, in a new conversation that begins
 *                   as this one; null: from whatever was said last
 * @param instructed whether the call's first message, a system's, holds for this call alone
 * @param keeps      whether the turn is kept
 * @param composed   whether the prompt is about the conversation and complete as it is
 */
public record ConversationAsk(String id, boolean refuse, String after, boolean instructed, boolean keeps, boolean composed) {

    /** Of ids that Millrace makes: one that begins so and is unknown is a mistake. */
    public static final String MADE_HERE = "conv_";

    public static final int LONGEST_ID = Archive.LONGEST_ID;

    /** It goes on from what was said last, and is kept. */
    public ConversationAsk(String id, boolean refuse) {
        this(id, refuse, null, false, true);
    }

    public ConversationAsk(String id, boolean refuse, String after, boolean instructed, boolean keeps) {
        this(id, refuse, after, instructed, keeps, false);
    }

    /** The call takes nothing from the conversation and adds nothing to it; what is computed for it goes with the conversation. */
    public static ConversationAsk about(String id) {
        return new ConversationAsk(id, false, null, false, false, true);
    }

    /** Whether an id can be one: what the archive can call it, letters, digits and {@code _ . : -}. */
    public static boolean isId(String id) {
        return Archive.isId(id);
    }

    /** The same, now that the conversation has this id. */
    public ConversationAsk named(String its) {
        return new ConversationAsk(its, refuse, after, instructed, keeps, composed);
    }

    /** What it is called among all tenants' conversations. */
    public String nameOf(String tenant) {
        return Shelves.name(tenant, id);
    }
}
