package io.github.fdistill.files;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the reader of JSON says of a text that is none, in words for whoever wrote it. */
public final class JsonWords {
  private static final Pattern PLACE = Pattern.compile(" at line \\d+ column \\d+ path .*");
  private static final Pattern OTHER =
      Pattern.compile("Expected (?:a |an )?(\\w+) but was (\\w+)(.*)");

  /** The names that its parts have there. */
  private static final Map<String, String> PARTS =
      Map.of(
          "BEGIN_OBJECT", "an object",
          "BEGIN_ARRAY", "a list",
          "STRING", "a text",
          "string", "a text",
          "NUMBER", "a number",
          "double", "a number",
          "BOOLEAN", "true or false",
          "NULL", "null",
          "END_ARRAY", "the end of the list",
          "END_DOCUMENT", "the end of the text");

  private JsonWords() {}

  /** On one line, with the place: what stands there, or that it is no JSON. */
  public static String of(Exception e) {
    String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    Matcher other = OTHER.matcher(said);
    if (other.matches() && PARTS.containsKey(other.group(1)) && PARTS.containsKey(other.group(2))) {
      return PARTS.get(other.group(2))
          + " in the place of "
          + PARTS.get(other.group(1))
          + other.group(3);
    } else if (said.startsWith("End of input")) {
      return "it breaks off" + place(said);
    }
    return said.contains("JsonReader") || other.matches() ? "no JSON" + place(said) : said;
  }

  private static String place(String said) {
    Matcher place = PLACE.matcher(said);
    return place.find() ? place.group() : "";
  }
}
