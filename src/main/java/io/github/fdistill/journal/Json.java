package io.github.fdistill.journal;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.stream.JsonWriter;
import io.github.fdistill.files.WholeJson;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * JSON text of maps, lists, strings, numbers, booleans and null, in the order given. What JSON has
 * no number for is written as the string "NaN", "Infinity" or "-Infinity".
 */
public final class Json {
  private static final Gson PRETTY =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  private Json() {}

  /** On one line, without spaces. */
  static String line(Map<String, ?> object) {
    return text(object, "");
  }

  /** One entry a line, two spaces deeper at each level; ends with a line break. */
  public static String pretty(Map<String, ?> object) {
    return text(object, "  ") + "\n";
  }

  /** The same of an object that was read. */
  static String pretty(JsonObject object) {
    return PRETTY.toJson(object) + "\n";
  }

  /** The object that a text is; nothing where the text is anything else. */
  static Optional<JsonObject> object(String text) {
    try {
      return Optional.of(WholeJson.tree(text))
          .filter(JsonElement::isJsonObject)
          .map(JsonElement::getAsJsonObject);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String text(Map<String, ?> object, String indent) {
    StringWriter text = new StringWriter();
    try (JsonWriter out = new JsonWriter(text)) {
      out.setIndent(indent);
      write(out, object);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(JsonWriter out, Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      out.beginObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        write(out.name((String) entry.getKey()), entry.getValue());
      }
      out.endObject();
    } else if (value instanceof List<?> list) {
      out.beginArray();
      for (Object element : list) {
        write(out, element);
      }
      out.endArray();
    } else if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      out.value(number);
    } else if (value instanceof String || value instanceof Number) {
      out.value(value.toString());
    } else if (value instanceof Boolean truth) {
      out.value(truth);
    } else if (value == null) {
      out.nullValue();
    } else {
      throw new IllegalArgumentException("no JSON value: a " + value.getClass().getName());
    }
  }
}
