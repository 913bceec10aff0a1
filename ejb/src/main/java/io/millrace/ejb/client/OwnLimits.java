package io.millrace.ejb.client;

import io.millrace.ejb.quota.Limits;

/** The limits that a key has for itself. Null: it has the settings'; 0: it has none, whatever the settings say. */
public record OwnLimits(Integer requestsPerMinute, Integer tokensPerMinute, Integer concurrentRequests,
                        Integer tokensPerDay) {

    /** Everything as the settings say. */
    public static final OwnLimits OF_SETTINGS = new OwnLimits(null, null, null, null);

    /** @throws IllegalArgumentException for a limit that is negative or too high to be one */
    public OwnLimits {
        new Limits(or(requestsPerMinute, 0), or(tokensPerMinute, 0), or(concurrentRequests, 0), or(tokensPerDay, 0));
    }

    /** What counts for the key. */
    Limits over(Limits settings) {
        return new Limits(or(requestsPerMinute, settings.requestsPerMinute()), or(tokensPerMinute, settings.tokensPerMinute()),
                or(concurrentRequests, settings.concurrentRequests()), or(tokensPerDay, settings.tokensPerDay()));
    }

    private static int or(Integer own, int otherwise) {
        return own == null ? otherwise : own;
    }
}
