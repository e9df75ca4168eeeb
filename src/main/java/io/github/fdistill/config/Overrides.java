package io.github.fdistill.config;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.github.fdistill.InputException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One {@code path.to.field=value} on its way into a message. */
final class Overrides {
  /** Before the path of one that a command line has. */
  static final String OF_LINE = "--set ";

  /** A field's name, and the index of an element where one is given. */
  private static final Pattern STEP = Pattern.compile("(\\w+)(?:\\[(\\d{1,9})])?");

  /** A number or a name: one word of text protobuf. */
  private static final Pattern WORD = Pattern.compile("[-+.\\w]+");

  private final Message.Builder root;
  private final String from;
  private final String path;
  private final String value;

  private Overrides(Message.Builder root, String from, String path, String value) {
    this.root = root;
    this.from = from;
    this.path = path;
    this.value = value;
  }

  /**
   * Sets a field; messages on the way to it are created.
   *
   * @param from where it stands, as a refusal has it before the path: {@link #OF_LINE}, or a file
   *     and its field
   * @throws InputException where the path names no field, or the field cannot hold the value
   */
  static void apply(Message.Builder root, String from, String override) {
    int equals = override.indexOf('=');
    if (equals < 0) {
      throw new InputException(
          from + override, "no `=`", "path.to.field=value", "write " + override + "=VALUE");
    }
    String path = override.substring(0, equals).strip();
    new Overrides(root, from, path, override.substring(equals + 1).strip()).apply();
  }

  private void apply() {
    String[] steps = path.split("\\.", -1);
    Message.Builder at = root;
    String prefix = "";
    for (int i = 0; i < steps.length; i++) {
      Matcher step = STEP.matcher(steps[i]);
      Descriptor message = at.getDescriptorForType();
      FieldDescriptor field = step.matches() ? message.findFieldByName(step.group(1)) : null;
      if (field == null) {
        throw refused(
            "no field `" + steps[i] + "` in " + message.getName(),
            "one of " + Fields.allowed(message, prefix),
            isOfStudents()
                ? "say it in the file that distill names, or by an experiment's set"
                : Fields.didYouMean(root.getDescriptorForType(), path));
      }
      int index = step.group(2) == null ? -1 : element(at, field, Integer.parseInt(step.group(2)));
      if (i < steps.length - 1) {
        at = inside(at, field, index);
        prefix += steps[i] + ".";
      } else {
        set(at, field, index);
      }
    }
  }

  /** Whether a study is asked for a setting of its distillations. */
  private boolean isOfStudents() {
    return root instanceof StudyConfig.Builder
        && Configs.has(DistillConfig.getDefaultInstance(), path);
  }

  /** Checks an index against the elements there are; one past the last is where one is added. */
  private int element(Message.Builder at, FieldDescriptor field, int index) {
    if (!field.isRepeated()) {
      throw refused(
          field.getName() + " is not a list", "the field without an index", "leave out the [ ]");
    }
    int size = at.getRepeatedFieldCount(field);
    if (index > size) {
      throw refused(
          field.getName() + " has " + size + " elements",
          "an index from 0 to " + size + ", where " + size + " appends one",
          "use a smaller index");
    }
    return index;
  }

  /** The builder of the message in a field, which is created if it is not there. */
  private Message.Builder inside(Message.Builder at, FieldDescriptor field, int index) {
    if (field.getJavaType() != JavaType.MESSAGE) {
      throw refused(
          field.getName() + " has no fields of its own",
          Fields.valueOf(field),
          "end the path at " + field.getName());
    }
    if (!field.isRepeated()) {
      return at.getFieldBuilder(field);
    }
    if (index < 0) {
      throw refused(
          field.getName() + " is a list",
          "the index of an element",
          "write " + field.getName() + "[0]");
    }
    if (index == at.getRepeatedFieldCount(field)) {
      at.addRepeatedField(field, at.newBuilderForField(field).buildPartial());
    }
    return at.getRepeatedFieldBuilder(field, index);
  }

  private void set(Message.Builder at, FieldDescriptor field, int index) {
    if (field.getJavaType() == JavaType.MESSAGE) {
      String element = path + (field.isRepeated() && index < 0 ? "[0]." : ".");
      throw refused(
          field.getName() + " is a group of fields",
          "a path to one of them: " + Fields.allowed(field.getMessageType(), element),
          "set its fields one by one");
    }
    if (!field.isRepeated()) {
      at.setField(field, parsed(field, value));
    } else if (index < 0) {
      at.clearField(field);
      for (String element : value.isEmpty() ? new String[0] : value.split(",", -1)) {
        at.addRepeatedField(field, parsed(field, element.strip()));
      }
    } else if (index == at.getRepeatedFieldCount(field)) {
      at.addRepeatedField(field, parsed(field, value));
    } else {
      at.setRepeatedField(field, index, parsed(field, value));
    }
  }

  private Object parsed(FieldDescriptor field, String text) {
    return switch (field.getJavaType()) {
      case STRING -> text;
      case BYTE_STRING -> ByteString.copyFromUtf8(text);
      case BOOLEAN -> asInFile(field, text.toLowerCase(Locale.ROOT));
      case ENUM -> parsedEnum(field, text);
      case INT, LONG, FLOAT, DOUBLE -> asInFile(field, text);
      case MESSAGE -> throw new IllegalStateException("no text for a message: " + field);
    };
  }

  private Object parsedEnum(FieldDescriptor field, String text) {
    for (EnumValueDescriptor constant : field.getEnumType().getValues()) {
      if (constant.getName().equalsIgnoreCase(text)) {
        return constant;
      }
    }
    return asInFile(field, text);
  }

  /** What the word would be in a file: of numbers 0x10 is 16 there, and 010 is 8. */
  private Object asInFile(FieldDescriptor field, String text) {
    if (!WORD.matcher(text).matches()) {
      throw badValue(field, text);
    }
    Message.Builder alone = DynamicMessage.newBuilder(field.getContainingType());
    try {
      TextFormat.merge(field.getName() + ": " + text, alone);
    } catch (TextFormat.ParseException e) {
      throw badValue(field, text);
    }
    return field.isRepeated() ? alone.getRepeatedField(field, 0) : alone.getField(field);
  }

  private InputException badValue(FieldDescriptor field, String text) {
    String several = field.isRepeated() ? "; several are separated by commas" : "";
    return refused(
        "found `" + text + "`", Fields.valueOf(field, text) + several, "change the value");
  }

  private InputException refused(String found, String needed, String remedy) {
    return new InputException(from + path, found, needed, remedy);
  }
}
