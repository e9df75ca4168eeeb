package io.github.fdistill.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Collectors;

/** Describes a schema's fields to people: what there is, what was meant, what a field holds. */
final class Fields {
  private static final String CHOOSE = "choose one of these";

  private Fields() {}

  /**
   * The fields of a message, each with a prefix, as a list.
   *
   * @param prefix empty, or the path to the message with its dot
   */
  static String allowed(Descriptor message, String prefix) {
    return message.getFields().stream()
        .map(field -> prefix + field.getName())
        .collect(Collectors.joining(", "));
  }

  /**
   * The question which field was meant: the nearest paths from the root by edit distance, where a
   * right name at a wrong place counts as one edit. Without a near one, it asks to choose.
   */
  static String didYouMean(Descriptor root, String typedPath) {
    List<String> nearest = nearest(root, typedPath);
    return nearest.isEmpty() ? CHOOSE : "did you mean " + String.join(" or ", nearest) + "?";
  }

  /** The paths that {@link #didYouMean} asks for; none where none is near. */
  static List<String> nearest(Descriptor root, String typedPath) {
    if (Spelling.isLong(typedPath)) {
      return List.of();
    }
    String typed = typedPath.replaceAll("\\[\\d+]", "");
    int best = 1 + Math.max(1, lastName(typed).length() / 3);
    List<String> nearest = new ArrayList<>();
    for (String path : paths(root, "", new ArrayDeque<>())) {
      int distance = distance(typed, path.replace("[0]", ""));
      if (distance < best) {
        nearest.clear();
      }
      if (distance <= best) {
        best = distance;
        nearest.add(path);
      }
    }
    return nearest;
  }

  /** What a value of the field (one element, if it is repeated) looks like. */
  static String valueOf(FieldDescriptor field) {
    return switch (field.getType()) {
      case INT32, SINT32, SFIXED32, INT64, SINT64, SFIXED64 -> "a whole number";
      case UINT32, FIXED32, UINT64, FIXED64 -> "a whole number from 0";
      case FLOAT, DOUBLE -> "a number";
      case BOOL -> "true or false";
      case STRING, BYTES -> "text in double quotes";
      case ENUM ->
          "one of "
              + field.getEnumType().getValues().stream()
                  .map(EnumValueDescriptor::getName)
                  .collect(Collectors.joining(", "));
      case MESSAGE, GROUP ->
          "a group in braces, { }, of the fields " + allowed(field.getMessageType(), "");
    };
  }

  /** The same of a text that the field does not hold: of a number, how large it may be. */
  static String valueOf(FieldDescriptor field, String text) {
    boolean number = text != null && text.matches("[+-]?\\d+");
    return switch (field.getType()) {
      case INT32, SINT32, SFIXED32 ->
          number ? "a whole number, at most " + Integer.MAX_VALUE : valueOf(field);
      case INT64, SINT64, SFIXED64 ->
          number ? "a whole number, at most " + Long.MAX_VALUE : valueOf(field);
      default -> valueOf(field);
    };
  }

  /** Every path from a message; a message inside itself is not entered again. */
  private static List<String> paths(Descriptor message, String prefix, Deque<Descriptor> inside) {
    List<String> paths = new ArrayList<>();
    inside.push(message);
    for (FieldDescriptor field : message.getFields()) {
      String path = prefix + field.getName();
      paths.add(path);
      if (field.getJavaType() == JavaType.MESSAGE && !inside.contains(field.getMessageType())) {
        String element = path + (field.isRepeated() ? "[0]." : ".");
        paths.addAll(paths(field.getMessageType(), element, inside));
      }
    }
    inside.pop();
    return paths;
  }

  private static int distance(String typed, String path) {
    return Math.min(
        Spelling.edits(typed, path), 1 + Spelling.edits(lastName(typed), lastName(path)));
  }

  private static String lastName(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }
}
