package io.millrace.launcher.download;

import io.millrace.config.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Where a model is to come from.
 *
 * @param address       of the file, without user name and password
 * @param path          of the file, as its address or its hub's repository has it; not percent-encoded
 * @param repository    {@code OWNER/REPO} of a hub; empty for a plain address
 * @param revision      of that repository
 * @param authorization value of the header that proves who we are, for the address' own origin only
 */
public record Source(Kind kind, URI address, String path, String repository, String revision, Secret authorization) {

    /** Who is asked. */
    public enum Kind { ADDRESS, HUGGING_FACE, MODEL_SCOPE }

    private static final Pattern HUB = Pattern.compile("(hf|ms):([^/@]+/[^/@]+)(?:@([^/@]+))?/(.+)");
    private static final Pattern REPOSITORY = Pattern.compile("[\\w.-]+/[\\w.-]+", Pattern.UNICODE_CHARACTER_CLASS);

    /**
     * Reads what was asked for: {@code https://…}, {@code http://…}, {@code hf:OWNER/REPO[@REVISION]/FILE} or the same
     * with {@code ms:}.
     *
     * @return empty when it is none of these and so a file of this machine
     * @throws DownloadException when it is one of these and wrong
     */
    public static Optional<Source> parse(String text, Hubs hubs) throws DownloadException {
        if (text.startsWith("hf:") || text.startsWith("ms:")) {
            return Optional.of(onHub(text, hubs));
        }
        int scheme = text.indexOf("://");
        if (scheme < 0) {
            return Optional.empty();
        }
        if (!text.regionMatches(true, 0, "https", 0, scheme) && !text.regionMatches(true, 0, "http", 0, scheme)) {
            throw new DownloadException("Models can't be fetched over " + text.substring(0, scheme) + ": name an https address.");
        }
        return Optional.of(plain(text));
    }

    private static Source plain(String text) throws DownloadException {
        try {
            URI given = new URI(text);
            if (given.getHost() == null) {
                throw new DownloadException("The address " + text.replaceAll("//[^/]*@", "//") + " names no host.");
            }
            URI address = new URI(given.getScheme() + "://" + hostAndPort(given) + (given.getRawPath().isEmpty() ? "/" : given.getRawPath())
                    + (given.getRawQuery() == null ? "" : "?" + given.getRawQuery()));
            String user = given.getUserInfo();
            String basic = user == null ? "" : "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
            return new Source(Kind.ADDRESS, address, address.getPath(), "", "", new Secret(basic));
        } catch (URISyntaxException e) {
            throw new DownloadException("This is no address (" + e.getReason() + "): percent-encode what is unusual in it.");
        }
    }

    private static Source onHub(String text, Hubs hubs) throws DownloadException {
        Matcher parts = HUB.matcher(text);
        if (!parts.matches() || !REPOSITORY.matcher(parts.group(2)).matches() || hasOddSegment(parts.group(2)) || hasOddSegment(parts.group(4))) {
            throw new DownloadException("'" + text + "' is not of the form " + text.substring(0, 3) + "OWNER/REPO/FILE.");
        }
        boolean huggingFace = parts.group(1).equals("hf");
        String revision = parts.group(3) != null ? parts.group(3) : huggingFace ? "main" : "master";
        String path = parts.group(4);
        String address = huggingFace
                ? hubs.huggingFace() + "/" + encoded(parts.group(2)) + "/resolve/" + encoded(revision) + "/" + encoded(path)
                : hubs.modelScope() + "/api/v1/models/" + encoded(parts.group(2)) + "/repo?Revision=" + encoded(revision) + "&FilePath=" + encoded(path);
        Secret token = huggingFace ? hubs.huggingFaceToken() : hubs.modelScopeToken();
        Secret authorization = token.isSet() ? new Secret("Bearer " + token.reveal()) : token;
        return new Source(huggingFace ? Kind.HUGGING_FACE : Kind.MODEL_SCOPE, URI.create(address), path, parts.group(2), revision, authorization);
    }

    private static boolean hasOddSegment(String path) {
        return Arrays.stream(path.split("/", -1)).anyMatch(segment -> segment.isEmpty() || segment.equals(".") || segment.equals(".."));
    }

    private static String encoded(String path) {
        return Arrays.stream(path.split("/")).map(segment -> URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }

    /** ModelScope's list of the repository's files, which has their checksums. */
    URI listing() {
        String file = address.toString();
        return URI.create(file.substring(0, file.indexOf("/repo?")) + "/repo/files?Revision=" + encoded(revision) + "&Recursive=true");
    }

    /** The headers that prove who we are. ModelScope's older services look for a cookie. */
    Map<String, String> proof() {
        if (!authorization.isSet()) {
            return Map.of();
        }
        String value = authorization.reveal();
        return kind == Kind.MODEL_SCOPE ? Map.of("Authorization", value, "Cookie", "m_session_id=" + value.substring("Bearer ".length()))
                : Map.of("Authorization", value);
    }

    /** What messages call it. */
    @Override
    public String toString() {
        return switch (kind) {
            case ADDRESS -> shown(address);
            case HUGGING_FACE -> "hf:" + repository + "/" + path;
            case MODEL_SCOPE -> "ms:" + repository + "/" + path;
        };
    }

    /** An address without its query, which often holds a signature. */
    static String shown(URI address) {
        return address.getScheme() + "://" + hostAndPort(address) + address.getRawPath();
    }

    private static String hostAndPort(URI address) {
        return address.getPort() < 0 ? address.getHost() : address.getHost() + ":" + address.getPort();
    }
}
