package io.millrace.launcher.download;

import java.net.URLDecoder;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names that strangers give to files, made harmless. No state. */
final class FileName {

    private static final String SUFFIX = ".gguf";
    /** Leaves room for our own suffixes in the 255 bytes that file systems allow. */
    private static final int MOST_BYTES = 200;
    private static final Pattern ENCODED = Pattern.compile("filename\\*\\s*=\\s*(?:UTF-8|utf-8)'[^']*'([^;]+)");
    private static final Pattern QUOTED = Pattern.compile("filename\\s*=\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern BARE = Pattern.compile("filename\\s*=\\s*([^;\"\\s]+)");
    private static final Pattern PART = Pattern.compile(".*-(\\d{5})-of-(\\d{5})\\.gguf");

    private FileName() {}

    /** The name in a {@code Content-Disposition} header (RFC 6266); empty when there is none. */
    static Optional<String> in(String disposition) {
        Matcher encoded = ENCODED.matcher(disposition);
        if (encoded.find()) {
            try {
                return Optional.of(URLDecoder.decode(encoded.group(1).strip().replace("+", "%2B"), StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                // badly encoded: the plain form, if there is one
            }
        }
        for (Pattern form : new Pattern[] {QUOTED, BARE}) {
            Matcher plain = form.matcher(disposition);
            if (plain.find()) {
                return Optional.of(plain.group(1).replaceAll("\\\\(.)", "$1"));
            }
        }
        return Optional.empty();
    }

    /** A name of one plain file that ends in {@code .gguf}: without folders, hidden files and control characters. */
    static String harmless(String name) {
        return harmless(name, Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
    }

    /** @param fileSystem the encoding of this machine's file names; what it lacks becomes an underscore */
    static String harmless(String name, Charset fileSystem) {
        String last = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
        String stem = last.toLowerCase(java.util.Locale.ROOT).endsWith(SUFFIX) ? last.substring(0, last.length() - SUFFIX.length()) : last;
        CharsetEncoder encoder = fileSystem.newEncoder();
        StringBuilder kept = new StringBuilder();
        Normalizer.normalize(stem, Normalizer.Form.NFC).codePoints().forEach(each -> {
            String text = Character.toString(each);
            boolean odd = Character.isISOControl(each) || Character.getType(each) == Character.FORMAT
                    || "<>:\"|?*".contains(text) || !encoder.canEncode(text);
            String next = odd ? "_" : text;
            if ((kept + next).getBytes(StandardCharsets.UTF_8).length <= MOST_BYTES) {
                kept.append(next);
            }
        });
        String plain = kept.toString().replaceAll("^[.\\s-]+|[.\\s]+$", "");
        return (plain.isEmpty() ? "model" : plain) + SUFFIX;
    }

    /** Why a file that is one part of several can't be a model here; empty when it is whole. */
    static Optional<String> oneOfSeveral(String path) {
        Matcher part = PART.matcher(path);
        return part.matches() && Integer.parseInt(part.group(2)) > 1
                ? Optional.of("part " + Integer.parseInt(part.group(1)) + " of " + Integer.parseInt(part.group(2)))
                : Optional.empty();
    }
}
