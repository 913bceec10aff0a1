package io.millrace.ejb.context;

import java.util.List;

/**
 * What a model is told of that which it can't see itself. {@code {mentioned}} stands for sentences of the conversation.
 *
 * @param recoveryEnglish put before the newest message when a conversation was interrupted
 * @param digestEnglish   put before all turns when older ones are left out
 */
public record Templates(String recoveryEnglish, String recoveryChinese, String digestEnglish, String digestChinese) {

    static final String MENTIONED = "{mentioned}";

    String recovery(boolean chinese, List<String> mentioned) {
        return filled(chinese ? recoveryChinese : recoveryEnglish, mentioned, chinese);
    }

    String digest(boolean chinese, List<String> lines) {
        return filled(chinese ? digestChinese : digestEnglish, lines, chinese);
    }

    private static String filled(String template, List<String> lines, boolean chinese) {
        return template.replace(MENTIONED, String.join(chinese ? "" : " ", lines));
    }
}
