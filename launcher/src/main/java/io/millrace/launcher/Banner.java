package io.millrace.launcher;

/** What a person wants to know when the server is ready. */
final class Banner {

    private Banner() {}

    /** @param withKey whether the first API key is new and therefore to be shown, this once */
    static String text(Address address, DataFolder folder, boolean withKey, long startMs) {
        String key = withKey ? DataFolder.read(folder.firstKey()).orElse(null) : null;
        StringBuilder text = new StringBuilder("Millrace is ready after %.1f s.%n%n".formatted(startMs / 1000.0));
        text.append("  base URL   ").append(address.url()).append("/v1\n");
        if (key != null) {
            text.append("  API key    ").append(key).append("   (shown this once; also in ").append(folder.firstKey()).append(")\n");
        }
        text.append("  data       ").append(folder.root()).append("\n\n");
        text.append("Try it:\n\n  curl -N ").append(address.url()).append("/v1/chat/completions")
                .append(" -H 'Authorization: Bearer ").append(key != null ? key : "'\"$(cat " + folder.firstKey() + ")\"'").append("'")
                .append(" -H 'Content-Type: application/json'")
                .append(" -d '{\"messages\":[{\"role\":\"user\",\"content\":\"What is lane P0 for?\"}],\"max_tokens\":64,\"stream\":true}'\n");
        return text.toString();
    }
}
