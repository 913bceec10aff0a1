package io.millrace.pilot;

import io.millrace.pilot.Corpus.Language;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The settings as facts, from {@code settings.txt}: name, default, bounds, and in each language what it means and how
 * people ask for it without knowing its name. No state.
 */
final class Settings {

    static final String GROUP = "setting";

    /** A line of the table; an empty default is written {@code -}. */
    record Setting(String name, String preset, String bounds, String meaningEn, String askedEn, String meaningZh,
                   String askedZh) {
        static Setting of(String line) {
            String[] cells = line.split(" *; *");
            if (cells.length != 7) {
                throw new IllegalArgumentException("a setting has 7 cells, not " + cells.length + ": " + line);
            }
            return new Setting(cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6]);
        }
    }

    private Settings() {}

    static List<Setting> all() {
        return Corpus.lines("settings.txt").stream().map(Setting::of).toList();
    }

    /** @param patterns {@code a}: the answer; {@code q…}: questions; {@code f…}: questions that refer to another */
    static List<Fact> facts(Language language, Map<String, String> patterns) {
        return all().stream().map(setting -> fact(setting, language, patterns)).toList();
    }

    private static Fact fact(Setting setting, Language language, Map<String, String> patterns) {
        List<String> questions = new ArrayList<>();
        List<String> followUps = new ArrayList<>();
        patterns.forEach((kind, pattern) -> {
            String filled = filled(pattern, setting, language);
            switch (kind.charAt(0)) {
                case 'q' -> questions.add(filled);
                case 'f' -> followUps.add(filled);
                default -> { }
            }
        });
        String asked = language == Language.EN ? setting.askedEn : setting.askedZh;
        questions.addAll(List.of(asked.split(" */ *")));
        questions.addAll(List.of(asked.split(" */ *")));
        String preset = setting.preset.equals("-") ? language == Language.EN ? "empty" : "空" : setting.preset;
        return new Fact("setting." + setting.name, GROUP, filled(patterns.get("a"), setting, language),
                List.of(setting.name, preset), questions, followUps);
    }

    private static String filled(String pattern, Setting setting, Language language) {
        boolean english = language == Language.EN;
        String empty = english ? "empty" : "空";
        return pattern.replace("<name>", setting.name)
                .replace("<spaced>", setting.name.replace('.', ' ').replace('-', ' '))
                .replace("<default>", setting.preset.equals("-") ? empty : setting.preset)
                .replace("<bounds>", bounds(setting.bounds, english))
                .replace("<meaning>", english ? setting.meaningEn : setting.meaningZh);
    }

    private static String bounds(String bounds, boolean english) {
        return english ? bounds : bounds.replace("empty, or ", "空，或 ").replace(" to ", " 到 ").replace(" or ", " 或 ")
                .replace("an address", "地址").replace("a path", "路径").replace("any text", "任意文本")
                .replace("a jdbc:postgresql URL", "jdbc:postgresql 地址").replace("characters", "个字符");
    }
}
