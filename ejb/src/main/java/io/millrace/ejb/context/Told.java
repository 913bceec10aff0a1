package io.millrace.ejb.context;

/**
 * What a call's prompt got from its conversation.
 *
 * @param conversation its id
 * @param item         the id that the answer will have in it
 * @param tier         where it was found
 * @param turns        kept turns that the prompt holds in full
 * @param tokens       of what was kept and is in the prompt, about
 * @param digest       whether older turns are in it as a digest
 * @param recovery     whether the model is told what the conversation was about
 */
public record Told(String conversation, String item, Tier tier, int turns, int tokens, boolean digest, boolean recovery) {

    /** For the audit; the id is not in it, since it is the client's own text. */
    public String json() {
        return "{\"tier\":\"" + tier + "\",\"turns\":" + turns + ",\"tokens\":" + tokens + ",\"digest\":" + digest
                + ",\"recovery\":" + recovery + "}";
    }
}
