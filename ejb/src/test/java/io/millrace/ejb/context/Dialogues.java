package io.millrace.ejb.context;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;

/** Conversations to measure with: real ones where there are any, else sentences put together. Immutable. */
final class Dialogues {

    private static final String[] WORDS = {"hotel", "train", "ticket", "地址", "电话", "推荐", "餐馆", "please", "book", "tomorrow", "景点", "评分"};

    private final List<List<Turn>> all;
    private final boolean real;

    private Dialogues(List<List<Turn>> all, boolean real) {
        this.all = all;
        this.real = real;
    }

    /** @param folder with CrossWOZ's dialogues, {@code crosswoz_*_turns.json.gz}; may be missing */
    static Dialogues in(Path folder) throws IOException {
        List<List<Turn>> all = new ArrayList<>();
        for (String name : List.of("crosswoz_val_turns.json.gz", "crosswoz_test_turns.json.gz")) {
            Path file = folder.resolve(name);
            if (Files.exists(file)) {
                try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
                    JsonObject dialogues = Json.createReader(in).readObject();
                    dialogues.values().forEach(dialogue -> all.add(turns(dialogue.asJsonArray())));
                }
            }
        }
        return all.isEmpty() ? new Dialogues(made(), false) : new Dialogues(all, true);
    }

    private static List<Turn> turns(JsonArray messages) {
        List<Item> items = new ArrayList<>();
        for (JsonValue message : messages) {
            JsonObject of = message.asJsonObject();
            items.add(new Item("msg_" + items.size(), of.getString("role").equals("usr") ? "user" : "assistant", of.getString("content"), items.size()));
        }
        return Turn.of(items);
    }

    private static List<List<Turn>> made() {
        Random random = new Random(1);
        List<List<Turn>> all = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            List<Item> items = new ArrayList<>();
            for (int message = 0; message < 17; message++) {
                StringBuilder text = new StringBuilder();
                for (int word = 4 + random.nextInt(20); word > 0; word--) {
                    text.append(WORDS[random.nextInt(WORDS.length)]).append(random.nextInt(100)).append(' ');
                }
                items.add(new Item("msg_" + message, message % 2 == 0 ? "user" : "assistant", text.toString(), message));
            }
            all.add(Turn.of(items));
        }
        return all;
    }

    List<Turn> get(int number) {
        return all.get(number % all.size());
    }

    boolean real() {
        return real;
    }
}
