package io.github.fdistill.data;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.fdistill.InputException;
import io.github.fdistill.files.Utf8;
import io.github.fdistill.text.Tokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A caption as files have it. */
final class CaptionText {
  /** Of one picture. */
  private static final int MOST_CAPTIONS = 1000;

  private CaptionText() {}

  /**
   * A text on one line: runs of blanks and ends of lines are one blank, and there is none at the
   * ends.
   *
   * @throws InputException if it is longer than any prompt
   */
  static String line(String where, String text) {
    String line = text.replaceAll("(?U)\\s+", " ").strip();
    if (line.length() > Tokenizer.MOST_LETTERS) {
      throw new InputException(
          where,
          "a caption of " + line.length() + " letters",
          "no more than " + Tokenizer.MOST_LETTERS,
          "shorten it, or take the picture out");
    }
    return line;
  }

  /**
   * Bytes as a text.
   *
   * @throws InputException if they are no UTF-8
   */
  static String utf8(String where, byte[] bytes) {
    try {
      return Utf8.text(where, bytes);
    } catch (Utf8.Not e) {
      throw e.refusal();
    }
  }

  /** One caption or a list of them, without those that are empty; null is none. */
  static List<String> read(String where, JsonReader in) throws IOException {
    List<String> captions = new ArrayList<>();
    if (in.peek() == JsonToken.BEGIN_ARRAY) {
      in.beginArray();
      while (in.hasNext()) {
        if (captions.size() == MOST_CAPTIONS) {
          throw new IOException("more than " + MOST_CAPTIONS + " captions of one picture");
        }
        captions.add(one(where, in));
      }
      in.endArray();
    } else {
      captions.add(one(where, in));
    }
    captions.removeIf(String::isEmpty);
    return captions;
  }

  private static String one(String where, JsonReader in) throws IOException {
    if (in.peek() == JsonToken.NULL) {
      in.nextNull();
      return "";
    }
    return line(where, in.nextString());
  }
}
