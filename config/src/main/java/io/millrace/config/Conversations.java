package io.millrace.config;

import java.time.Duration;

/**
 * Where conversations are kept, and what a prompt gets of them. Immutable.
 *
 * @param recentTurns  that memory holds of each
 * @param memory       of all that it holds
 * @param disk         of all that is on disk; beyond it the longest unused go to the archive
 * @param archiveAfter without use, a conversation goes from the disk to the archive
 * @param sweep        pause between two looks for those that have to go
 * @param keep         without use, it is deleted; zero: never
 * @param regionTokens that a prompt for a region elsewhere may have, whose context is not known here
 * @param summaries    whether the model tells older turns in its own words when it has nothing else to do
 * @param texts        what the model is told
 * @param keepResponses after it was made, a stored response is deleted; zero: never
 */
public record Conversations(int recentTurns, DataSize memory, DataSize disk, Duration archiveAfter, Duration sweep, Duration keep, int regionTokens,
                            boolean summaries, Texts texts, Duration keepResponses) {

    /** With {@code {mentioned}} in each, where sentences of the conversation stand. */
    public record Texts(String recoveryEnglish, String recoveryChinese, String digestEnglish, String digestChinese) {}

    private static final String PLACE = "{mentioned}";
    private static final int LONGEST = 2000;

    static Conversations read(Values values) {
        return new Conversations(values.integer("conversations.recent-turns", 1, 100),
                values.size("conversations.memory", mib(1), mib(1 << 20)),
                values.size("conversations.disk", mib(1), mib(1 << 30)),
                values.duration("conversations.archive-after", Duration.ofSeconds(1), Duration.ofDays(3650)),
                values.duration("conversations.sweep", Duration.ofSeconds(1), Duration.ofDays(1)),
                values.duration("conversations.keep", Duration.ZERO, Duration.ofDays(36_500)),
                values.integer("conversations.region-tokens", 256, 16_777_216), values.flag("conversations.summaries"),
                new Texts(text(values, "conversations.recovery-en"), text(values, "conversations.recovery-zh"),
                        text(values, "conversations.digest-en"), text(values, "conversations.digest-zh")),
                values.duration("responses.keep", Duration.ZERO, Duration.ofDays(36_500)));
    }

    private static String text(Values values, String name) {
        String text = values.text(name, PLACE.length(), LONGEST);
        values.require(text.contains(PLACE), name, "a text with " + PLACE + " in it");
        return text;
    }

    private static DataSize mib(long mib) {
        return new DataSize(mib << 20);
    }
}
