package io.github.fdistill.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;

/** Odd texts, and the numbers that transformers gives them; see make_tokenizers.py. */
record RecordedTexts(JsonObject all) {
  static final Path FOLDER = Path.of("src/test/resources/io/github/fdistill/text");

  static RecordedTexts in(Path folder) throws IOException {
    String json = Files.readString(folder.resolve("texts.json"));
    return new RecordedTexts(JsonParser.parseString(json).getAsJsonObject());
  }

  private static int[] ints(JsonElement array) {
    return StreamSupport.stream(array.getAsJsonArray().spliterator(), false)
        .mapToInt(JsonElement::getAsInt)
        .toArray();
  }

  String text(int i) {
    return all.getAsJsonArray("texts").get(i).getAsString();
  }

  int size() {
    return all.getAsJsonArray("texts").size();
  }

  /** Every text has the row that was recorded. */
  void assertRows(Tokenizer tokenizer, String name) {
    JsonArray rows = all.getAsJsonArray(name);
    for (int i = 0; i < size(); i++) {
      JsonObject row = rows.get(i).getAsJsonObject();
      Tokens tokens = tokenizer.row(text(i));
      assertArrayEquals(ints(row.get("ids")), tokens.numbers(), "'" + text(i) + "'");
      assertEquals(row.get("used").getAsInt(), tokens.used(), "'" + text(i) + "'");
    }
  }

  /** Every text has the numbers that were recorded, without start and end. */
  void assertNumbers(Tokenizer tokenizer, String name) {
    JsonArray rows = all.getAsJsonArray(name);
    for (int i = 0; i < size(); i++) {
      assertArrayEquals(ints(rows.get(i)), tokenizer.numbers(text(i)), "'" + text(i) + "'");
    }
  }
}
