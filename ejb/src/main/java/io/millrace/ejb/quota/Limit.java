package io.millrace.ejb.quota;

/** The kinds of limits. */
public enum Limit {
    REQUESTS_PER_MINUTE("requests per minute"),
    TOKENS_PER_MINUTE("tokens per minute"),
    CONCURRENT_REQUESTS("concurrent requests"),
    TOKENS_PER_DAY("tokens per day");

    private final String words;

    Limit(String words) {
        this.words = words;
    }

    /** As a sentence says it. */
    public String words() {
        return words;
    }
}
