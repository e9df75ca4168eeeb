package io.github.fdistill.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a text protobuf is saying at one place: protobuf's own errors give line and column only.
 *
 * @param message the message that the place is inside; null inside a field the schema lacks
 * @param prefix the path to that message, empty or with a dot at its end
 * @param field the field whose value should stand there; null if no known field waits for one
 * @param token what stands there; empty at the end of the text
 */
record TextPlace(Descriptor message, String prefix, FieldDescriptor field, String token) {
  /** Protobuf's tokens (TextFormat.Tokenizer), and before them blanks and comments. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?:\\s++|#[^\\n]*+)*+"
              + "([a-zA-Z_][0-9a-zA-Z_+-]*+|[.]?[0-9+-][0-9a-zA-Z_.+-]*+"
              + "|\"(?:[^\"\\n\\\\]|\\\\.)*+(?:\"|\\\\?$)|'(?:[^'\\n\\\\]|\\\\.)*+(?:'|\\\\?$)|\\S)",
          Pattern.MULTILINE);

  /** Reads the text of a root message up to a line and column, both counted from 1. */
  static TextPlace find(String text, Descriptor root, int line, int column) {
    int offset = offset(text, line, column);
    Reading reading = new Reading(root);
    Matcher token = TOKEN.matcher(text);
    while (token.lookingAt() && token.start(1) < offset) {
      reading.accept(token.group(1));
      token.region(token.end(), text.length());
    }
    Group group = reading.groups.peek();
    FieldDescriptor field = group.find(reading.waiting);
    return new TextPlace(
        group.message, group.prefix, field, token.lookingAt() ? token.group(1) : "");
  }

  private static int offset(String text, int line, int column) {
    int start = 0;
    for (int i = 1; i < line; i++) {
      start = text.indexOf('\n', start) + 1;
    }
    return start + column - 1;
  }

  /**
   * An open brace.
   *
   * @param inList whether the group is an element of a list in brackets
   */
  private record Group(Descriptor message, String prefix, String name, boolean inList) {
    FieldDescriptor find(String field) {
      return message == null || field == null ? null : message.findFieldByName(field);
    }
  }

  /** The state between two tokens: which groups are open, and which field waits for a value. */
  private static final class Reading {
    final Deque<Group> groups = new ArrayDeque<>();
    String waiting;
    boolean inList;

    Reading(Descriptor root) {
      groups.push(new Group(root, "", null, false));
    }

    void accept(String token) {
      switch (token) {
        case "{", "<" -> open();
        case "}", ">" -> close();
        case "[" -> inList = waiting != null;
        case "]" -> {
          inList = false;
          waiting = null;
        }
        case ":", ",", ";" -> {}
        default -> {
          boolean more = token.startsWith("'") || token.startsWith("\""); // Of the string before.
          if (waiting == null) {
            waiting = more ? null : token;
          } else if (!inList) {
            waiting = null;
          }
        }
      }
    }

    private void open() {
      Group outer = groups.peek();
      FieldDescriptor field = outer.find(waiting);
      boolean known = field != null && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
      Descriptor message = known ? field.getMessageType() : null;
      groups.push(new Group(message, outer.prefix + waiting + ".", waiting, inList));
      waiting = null;
      inList = false;
    }

    private void close() {
      if (groups.size() > 1) {
        Group closed = groups.pop();
        inList = closed.inList;
        waiting = inList ? closed.name : null;
      }
    }
  }
}
