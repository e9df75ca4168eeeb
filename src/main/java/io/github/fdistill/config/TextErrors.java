package io.github.fdistill.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.TextFormat.ParseException;
import io.github.fdistill.InputException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns protobuf's syntax errors into ones that say what is allowed. */
final class TextErrors {
  /** What protobuf says of a field that is no list and stands twice, by its last name. */
  private static final Pattern TWICE =
      Pattern.compile("^Non-repeated field \"(?:\\w+\\.)*(\\w+)\" cannot be overwritten");

  /** What it says of two fields of which one may stand. */
  private static final Pattern BOTH =
      Pattern.compile(
          "^Field \"(?:\\w+\\.)*(\\w+)\" is specified along with field"
              + " \"(?:\\w+\\.)*(\\w+)\", another member of oneof");

  private TextErrors() {}

  /**
   * @param text what the file holds
   * @param root the message that the file should hold
   */
  static InputException explain(Path file, String text, Descriptor root, ParseException e) {
    return OtherCommands.told(explained(file, text, root, e), file, text, root);
  }

  private static InputException explained(
      Path file, String text, Descriptor root, ParseException e) {
    String where = file + ":" + e.getLine() + ":" + e.getColumn();
    String said = e.getMessage().replaceFirst("^\\d+:\\d+: ", "");
    TextPlace place = TextPlace.find(text, root, e.getLine(), e.getColumn());
    if (said.startsWith("Input contains unknown fields")) {
      return unknownField(where, root, place, e);
    }
    Matcher twice = TWICE.matcher(said);
    if (twice.find()) {
      return new InputException(
          where,
          "`" + twice.group(1) + "` stands twice",
          "a field once, where it is no list",
          "remove all but one",
          e);
    }
    Matcher both = BOTH.matcher(said);
    if (both.find()) {
      return new InputException(
          where,
          "`" + both.group(1) + "` beside `" + both.group(2) + "`",
          "one of the two: each excludes the other",
          "remove all but one",
          e);
    }
    if (place.field() != null && !said.equals("Expected \":\".")) {
      return new InputException(
          where,
          place.prefix() + place.field().getName() + ": found " + shown(place.token()),
          Fields.valueOf(place.field(), place.token()),
          "change the value",
          e);
    }
    return new InputException(
        where,
        said + " Found " + shown(place.token()),
        "text protobuf: `field: value` or `field { ... }`",
        "mend the text there or just before",
        e);
  }

  private static InputException unknownField(
      String where, Descriptor root, TextPlace place, ParseException e) {
    Descriptor message = place.message() == null ? root : place.message();
    return new InputException(
        where,
        "unknown field " + shown(place.token()),
        "a field of " + message.getName() + ": " + Fields.allowed(message, ""),
        Fields.didYouMean(root, place.prefix() + place.token()),
        e);
  }

  private static String shown(String token) {
    return token.isEmpty() ? "the end of the file" : "`" + token + "`";
  }
}
