package io.millrace.ejb.context;

/**
 * Which conversation a call belongs to.
 *
 * @param id     one that was made here, {@code conv_…}, or a name of the client's own, which is made at its first use
 * @param refuse whether the call is refused instead of waiting while another one has the conversation
 */
public record ConversationAsk(String id, boolean refuse) {

    /** Of ids that Millrace makes: one that begins so and is unknown is a mistake. */
    public static final String MADE_HERE = "conv_";

    public static final int LONGEST_ID = 128;

    /** Whether an id can be one: letters, digits and {@code _ . : -}. */
    public static boolean isId(String id) {
        return id.length() <= LONGEST_ID && id.matches("[A-Za-z0-9_.:-]+");
    }
}
