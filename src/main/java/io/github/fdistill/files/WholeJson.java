package io.github.fdistill.files;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.ToNumberPolicy;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.util.HashSet;
import java.util.Set;

/**
 * JSON documents: one value, after which nothing may stand but blanks. Nothing may be deeper than
 * 255.
 */
public final class WholeJson {
  /** Reads the value that a document is. */
  @FunctionalInterface
  public interface Value<T> {
    /** Reads it to its end. */
    T read(JsonReader json) throws IOException;
  }

  /** Reads the value of one key, of those of an object. */
  @FunctionalInterface
  public interface Member {
    /** Reads it, or passes over it. */
    void read(String key, JsonReader json) throws IOException;
  }

  private WholeJson() {}

  /**
   * Reads a document, and closes what it came from.
   *
   * @throws IOException when it is no JSON, or text comes after the value
   */
  public static <T> T read(Reader text, Strictness strictness, Value<T> value) throws IOException {
    try (JsonReader json = new JsonReader(text)) {
      json.setStrictness(strictness);
      T read = value.read(json);
      if (goesOn(json)) {
        throw new MalformedJsonException("text after the end of the document" + place(json));
      }
      return read;
    }
  }

  private static boolean goesOn(JsonReader json) throws IOException {
    try {
      return json.peek() != JsonToken.END_DOCUMENT;
    } catch (MalformedJsonException e) {
      return true;
    }
  }

  /**
   * Reads an object, of which no key may stand twice: readers differ in which of the two counts.
   *
   * @throws IOException when it is none, or a key stands twice
   */
  public static void members(JsonReader json, Member member) throws IOException {
    Set<String> keys = new HashSet<>();
    json.beginObject();
    while (json.hasNext()) {
      String key = json.nextName();
      if (!keys.add(key)) {
        throw new MalformedJsonException("the key '" + key + "' twice" + place(json));
      }
      member.read(key, json);
    }
    json.endObject();
  }

  /** Where it stands, as Gson's own messages have it. */
  private static String place(JsonReader json) {
    return json.toString().substring(JsonReader.class.getSimpleName().length());
  }

  /**
   * A whole document, no key of which stands twice.
   *
   * @throws IOException when it is none
   */
  public static JsonElement tree(String text) throws IOException {
    try {
      return read(new StringReader(text), Strictness.STRICT, WholeJson::element);
    } catch (IllegalStateException | NumberFormatException e) {
      throw new MalformedJsonException(e.getMessage(), e);
    }
  }

  private static JsonElement element(JsonReader json) throws IOException {
    return switch (json.peek()) {
      case BEGIN_OBJECT -> {
        JsonObject object = new JsonObject();
        members(json, (key, in) -> object.add(key, element(in)));
        yield object;
      }
      case BEGIN_ARRAY -> {
        JsonArray array = new JsonArray();
        json.beginArray();
        while (json.hasNext()) {
          array.add(element(json));
        }
        json.endArray();
        yield array;
      }
      case STRING -> new JsonPrimitive(json.nextString());
      case NUMBER -> new JsonPrimitive(ToNumberPolicy.LAZILY_PARSED_NUMBER.readNumber(json));
      case BOOLEAN -> new JsonPrimitive(json.nextBoolean());
      default -> {
        json.nextNull();
        yield JsonNull.INSTANCE;
      }
    };
  }
}
