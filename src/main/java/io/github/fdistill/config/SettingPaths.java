package io.github.fdistill.config;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Settings as they are told where they differ: a line each, with its whole path. */
public final class SettingPaths {
  private SettingPaths() {}

  /**
   * A line for each setting, defaults with them, as {@code fake_score.optimiser.beta1: 0.9}: by its
   * path as {@code --set} takes it. Texts are equal where the settings are.
   */
  public static String of(Message settings) {
    List<String> lines = new ArrayList<>();
    add("", Configs.resolved(settings), lines);
    return String.join("\n", lines);
  }

  private static void add(String path, Message message, List<String> lines) {
    for (Map.Entry<FieldDescriptor, Object> each : message.getAllFields().entrySet()) {
      FieldDescriptor field = each.getKey();
      String name = path + field.getName();
      if (field.isRepeated()) {
        for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
          add(name + "[" + i + "]", field, message.getRepeatedField(field, i), lines);
        }
      } else {
        add(name, field, each.getValue(), lines);
      }
    }
  }

  private static void add(String name, FieldDescriptor field, Object value, List<String> lines) {
    if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
      lines.add(name + ": " + text(field, value));
    } else if (((Message) value).getAllFields().isEmpty()) {
      lines.add(name + " {}");
    } else {
      add(name + ".", (Message) value, lines);
    }
  }

  /** As text protobuf has it, so that no value begins a line. */
  private static String text(FieldDescriptor field, Object value) {
    StringBuilder text = new StringBuilder();
    try {
      TextFormat.printer().escapingNonAscii(false).printFieldValue(field, value, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }
}
