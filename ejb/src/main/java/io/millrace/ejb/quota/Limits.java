package io.millrace.ejb.quota;

/** How much a key may use; 0 where there is no limit. Tokens are those of prompts and of answers. */
public record Limits(int requestsPerMinute, int tokensPerMinute, int concurrentRequests, int tokensPerDay) {

    public static final Limits NONE = new Limits(0, 0, 0, 0);

    /** Highest limit of each kind. {@code Bucket} counts in parts of a token and would overflow far above it. */
    public static final int MOST_PER_MINUTE = 100_000_000;
    public static final int MOST_CONCURRENT = 1_000_000;
    public static final int MOST_PER_DAY = 2_000_000_000;

    public Limits {
        require(requestsPerMinute, MOST_PER_MINUTE, Limit.REQUESTS_PER_MINUTE);
        require(tokensPerMinute, MOST_PER_MINUTE, Limit.TOKENS_PER_MINUTE);
        require(concurrentRequests, MOST_CONCURRENT, Limit.CONCURRENT_REQUESTS);
        require(tokensPerDay, MOST_PER_DAY, Limit.TOKENS_PER_DAY);
    }

    /** Whether there is no limit at all. */
    public boolean none() {
        return equals(NONE);
    }

    /** Whether tokens are limited, by the minute or by the day. */
    public boolean ofTokens() {
        return tokensPerMinute > 0 || tokensPerDay > 0;
    }

    private static void require(int value, int most, Limit limit) {
        if (value < 0 || value > most) {
            throw new IllegalArgumentException(limit.words() + " must be 0 to " + most + ", not " + value);
        }
    }
}
