package io.github.fdistill.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;

/**
 * Which settings may be others than those that a run was begun with: each says so itself, where it
 * is declared, by the option {@code may_change}.
 */
public final class FreeSettings {
  private FreeSettings() {}

  /**
   * The paths of the settings that may change, as {@code --set} takes them, in the order of the
   * schema. A group of which all may change stands for what is in it. What may change in every
   * element of a list has [N] in the place of its number.
   *
   * @param settings a message that does not contain itself
   */
  public static List<String> of(Descriptor settings, Occasion occasion) {
    List<String> paths = new ArrayList<>();
    for (FieldDescriptor field : settings.getFields()) {
      if (isFree(field, occasion)) {
        paths.add(field.getName());
      } else if (field.getJavaType() == JavaType.MESSAGE) {
        String group = field.getName() + (field.isRepeated() ? "[N]." : ".");
        of(field.getMessageType(), occasion).forEach(inside -> paths.add(group + inside));
      }
    }
    return paths;
  }

  /** The settings with their defaults in the place of those that may change; lists stay. */
  @SuppressWarnings("unchecked") // A message's builder builds messages of the same class.
  public static <M extends Message> M without(M settings, Occasion occasion) {
    Message.Builder builder = settings.toBuilder();
    for (FieldDescriptor field : settings.getDescriptorForType().getFields()) {
      if (isFree(field, occasion)) {
        builder.clearField(field);
      } else if (isGroup(field) && settings.hasField(field)) {
        builder.setField(field, without((Message) settings.getField(field), occasion));
      }
    }
    return (M) builder.build();
  }

  private static boolean isFree(FieldDescriptor field, Occasion occasion) {
    return field.getOptions().getExtension(MayChange.mayChange).contains(occasion);
  }

  private static boolean isGroup(FieldDescriptor field) {
    return field.getJavaType() == JavaType.MESSAGE && !field.isRepeated();
  }
}
