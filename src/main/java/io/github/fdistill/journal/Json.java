package io.github.fdistill.journal;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * JSON text of maps, lists, strings, numbers, booleans and null, in the order given. What JSON has
 * no number for is written as the string "NaN", "Infinity" or "-Infinity".
 */
final class Json {
  private final StringBuilder out = new StringBuilder();
  private final boolean indented;

  private Json(boolean indented) {
    this.indented = indented;
  }

  /** On one line, without spaces. */
  static String line(Map<String, ?> object) {
    Json json = new Json(false);
    json.value(object, 0);
    return json.out.toString();
  }

  /** One entry a line, two spaces deeper at each level; ends with a line break. */
  static String pretty(Map<String, ?> object) {
    Json json = new Json(true);
    json.value(object, 0);
    return json.out.append('\n').toString();
  }

  private void value(Object value, int depth) {
    if (value instanceof Map<?, ?> map) {
      object(map, depth);
    } else if (value instanceof List<?> list) {
      array(list, depth);
    } else if (value instanceof String text) {
      string(text);
    } else if (value instanceof Number number && !Double.isFinite(number.doubleValue())) {
      string(number.toString());
    } else if (value == null || value instanceof Boolean || value instanceof Number) {
      out.append(value);
    } else {
      throw new IllegalArgumentException("no JSON value: a " + value.getClass().getName());
    }
  }

  private void object(Map<?, ?> map, int depth) {
    out.append('{');
    for (Iterator<? extends Map.Entry<?, ?>> i = map.entrySet().iterator(); i.hasNext(); ) {
      Map.Entry<?, ?> entry = i.next();
      newLine(depth + 1);
      string((String) entry.getKey());
      out.append(indented ? ": " : ":");
      value(entry.getValue(), depth + 1);
      out.append(i.hasNext() ? "," : "");
    }
    close('}', map.isEmpty(), depth);
  }

  private void array(List<?> list, int depth) {
    out.append('[');
    for (Iterator<?> i = list.iterator(); i.hasNext(); ) {
      newLine(depth + 1);
      value(i.next(), depth + 1);
      out.append(i.hasNext() ? "," : "");
    }
    close(']', list.isEmpty(), depth);
  }

  private void close(char bracket, boolean empty, int depth) {
    if (!empty) {
      newLine(depth);
    }
    out.append(bracket);
  }

  private void newLine(int depth) {
    if (indented) {
      out.append('\n').append("  ".repeat(depth));
    }
  }

  /** Quoted and escaped as RFC 8259, section 7, asks. */
  private void string(String text) {
    out.append('"');
    for (char c : text.toCharArray()) {
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        default -> out.append(c < 0x20 ? String.format("\\u%04x", (int) c) : String.valueOf(c));
      }
    }
    out.append('"');
  }
}
