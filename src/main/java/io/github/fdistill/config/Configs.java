package io.github.fdistill.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import com.google.protobuf.TextFormat.Parser;
import com.google.protobuf.TextFormat.Parser.SingularOverwritePolicy;
import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.Folders;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.Utf8;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.logging.Filter;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** Configurations as text protobuf. The schemas, with their defaults, are in src/main/proto. */
public final class Configs {
  /** Of what is told of fields that are passed over. */
  private static final int MOST_LINES = 6;

  /** Between the place of overrides and the setting that one of them changes. */
  private static final String BESIDE = ", ";

  /** A field that stands twice is refused: the second would silently win. */
  static final Parser PARSER =
      Parser.newBuilder()
          .setSingularOverwritePolicy(SingularOverwritePolicy.FORBID_SINGULAR_OVERWRITES)
          .build();

  private static final Parser TOLERANT =
      Parser.newBuilder()
          .setSingularOverwritePolicy(SingularOverwritePolicy.FORBID_SINGULAR_OVERWRITES)
          .setAllowUnknownFields(true)
          .build();

  /** It would write such fields to stderr in its own way, at every reading. */
  private static final Logger PARSERS_LOG = Logger.getLogger(TextFormat.class.getName());

  /** Whether this thread reads with {@link #TOLERANT}: what others' parsers log is theirs. */
  private static final ThreadLocal<Boolean> READING = ThreadLocal.withInitial(() -> false);

  static {
    Filter before = PARSERS_LOG.getFilter();
    PARSERS_LOG.setFilter(
        record -> !READING.get() && (before == null || before.isLoggable(record)));
  }

  /** Of names. */
  private static final String NONE = "(none)";

  private Configs() {}

  /**
   * Reads a file and applies the overrides to it in order, so that the last one wins.
   *
   * @param file text protobuf in UTF-8
   * @param defaultInstance of the message that the file holds
   * @param overrides {@code path.to.field=value}, as {@code --set} takes them. A list is {@code
   *     multiplier=1,2,4} (empty: no elements); {@code average[0].decay=0.99} sets a field of one
   *     element, and the index after the last element appends one. Of {@code steps}, {@code images}
   *     and {@code minutes} what is given here counts, and no budget of the file.
   * @throws InputException where the file cannot be read or is not such a message, or an override
   *     names no field or a value that the field cannot hold
   */
  public static <M extends Message> M read(Path file, M defaultInstance, List<String> overrides) {
    return read(file, defaultInstance, overrides, Overrides.OF_LINE);
  }

  /**
   * The same of overrides that a file has.
   *
   * @param file text protobuf in UTF-8
   * @param defaultInstance of the message that the file holds
   * @param overrides as {@code --set} takes them
   * @param place the other file and the field that they stand in, as {@link #with} has it
   * @throws InputException as above
   */
  public static <M extends Message> M readWith(
      Path file, M defaultInstance, List<String> overrides, String place) {
    return read(file, defaultInstance, overrides, place + BESIDE);
  }

  private static <M extends Message> M read(
      Path file, M defaultInstance, List<String> overrides, String from) {
    Message.Builder builder = merged(file, textOf(file), defaultInstance);
    if (RunLength.isIn(overrides)) {
      RunLength.clearBudgets(builder);
    }
    for (String override : overrides) {
      Overrides.apply(builder, from, override);
    }
    if (!builder.isInitialized()) {
      throw new InputException(
          file.toString(),
          "fields are missing",
          builder.getInitializationErrorString(),
          "add them, or give them with --set");
    }
    return built(builder, defaultInstance);
  }

  /**
   * Reads a text that a program has, as {@code Configs.of("steps: 100",
   * PretrainConfig.getDefaultInstance())}.
   *
   * @param text text protobuf
   * @param defaultInstance of the message that the text is
   * @throws InputException where it is no such message
   */
  public static <M extends Message> M of(String text, M defaultInstance) {
    return parse(Path.of("settings"), text, defaultInstance);
  }

  /**
   * Reads a text.
   *
   * @param file that the text stands in, for the error
   * @param text text protobuf
   * @param defaultInstance of the message that the text is
   * @throws InputException where it is no such message
   */
  public static <M extends Message> M parse(Path file, String text, M defaultInstance) {
    return built(merged(file, text, defaultInstance), defaultInstance);
  }

  /**
   * Reads a file of which something is to be read otherwise than it stands there.
   *
   * @param as from the file's text to what is read
   */
  public static <M extends Message> M read(Path file, M defaultInstance, UnaryOperator<String> as) {
    return parse(file, as.apply(textOf(file)), defaultInstance);
  }

  /**
   * Reads a file that is another program's too: fields that are not in the schema, which that
   * program may need, are passed over.
   *
   * @param passedOver hears of them, in words; once for a text
   * @throws InputException where it cannot be read or is not such a message
   */
  public static <M extends Message> M readKnown(
      Path file, M defaultInstance, Consumer<String> passedOver) {
    String text = textOf(file);
    READING.set(true);
    Message.Builder builder;
    try {
      builder = merged(file, text, defaultInstance, TOLERANT);
    } finally {
      READING.remove();
    }
    try {
      PARSER.merge(text, defaultInstance.newBuilderForType());
    } catch (TextFormat.ParseException e) {
      passedOver.accept(firstOf(e.getMessage()));
    }
    return built(builder, defaultInstance);
  }

  /** A file may hold very many such fields, each of which has a line. */
  private static String firstOf(String message) {
    List<String> lines = message.lines().limit(MOST_LINES + 1).toList();
    return lines.size() <= MOST_LINES
        ? message
        : String.join("\n", lines.subList(0, MOST_LINES)) + "\n...";
  }

  private static Message.Builder merged(Path file, String text, Message defaultInstance) {
    return merged(file, text, defaultInstance, PARSER);
  }

  private static Message.Builder merged(
      Path file, String text, Message defaultInstance, Parser parser) {
    Message.Builder builder = defaultInstance.newBuilderForType();
    try {
      parser.merge(text, builder);
    } catch (TextFormat.ParseException e) {
      throw TextErrors.explain(file, text, builder.getDescriptorForType(), e);
    } catch (StackOverflowError e) {
      throw new InputException(
          file.toString(),
          "messages within each other, more deeply than can be followed",
          "a text protobuf file",
          "mend the brackets there",
          e);
    }
    return builder;
  }

  /**
   * The message with some settings changed.
   *
   * @param overrides as {@link #read} takes them
   * @throws InputException where an override names no field or a value that the field cannot hold
   */
  public static <M extends Message> M with(M message, List<String> overrides) {
    return changed(message, overrides, Overrides.OF_LINE);
  }

  /**
   * The same of overrides that a file has.
   *
   * @param place the file and the field that they stand in, such as {@code FILE: stage[0].set}
   */
  public static <M extends Message> M with(M message, List<String> overrides, String place) {
    return changed(message, overrides, place + BESIDE);
  }

  private static <M extends Message> M changed(M message, List<String> overrides, String from) {
    Message.Builder builder = message.toBuilder();
    overrides.forEach(override -> Overrides.apply(builder, from, override));
    return built(builder, message);
  }

  /**
   * A refusal of a file's setting where overrides of a file have changed it: told of these.
   *
   * @param place as {@link #with} has it
   */
  public static InputException ofChange(InputException refusal, Path file, String place) {
    return refusal.at(refusal.where().replace(file + ": ", place + BESIDE));
  }

  /**
   * The message with every default set: scalar fields, and singular messages with theirs. Members
   * of a oneof and repeated fields stay as they are. Defined for schemas in which no message
   * contains itself as a singular field.
   */
  public static <M extends Message> M resolved(M message) {
    Message.Builder builder = message.toBuilder();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      boolean group = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
      if (field.isRepeated()) {
        for (int i = 0; group && i < message.getRepeatedFieldCount(field); i++) {
          builder.setRepeatedField(
              field, i, resolved((Message) message.getRepeatedField(field, i)));
        }
      } else if (field.getContainingOneof() == null || message.hasField(field)) {
        Object value = message.getField(field);
        builder.setField(field, group ? resolved((Message) value) : value);
      }
    }
    return built(builder, message);
  }

  /** The {@link #resolved} message as text protobuf, which {@link #read} reads back to it. */
  public static String print(Message message) {
    return printGiven(resolved(message));
  }

  /**
   * The message as text protobuf with the fields that it has and no others: of what are no
   * settings, a default would say what nobody found.
   */
  public static String printGiven(Message message) {
    return TextFormat.printer().escapingNonAscii(false).printToString(message);
  }

  /**
   * Refuses a value that has the right type and is still wrong.
   *
   * @param ok whether the value is accepted
   * @param file the configuration it came from
   * @param field its path, for example {@code unet.channels}
   * @param found the value
   * @param needed which values are accepted
   */
  public static void check(boolean ok, Path file, String field, Object found, String needed) {
    if (!ok) {
      throw new InputException(file + ": " + field, "found " + found, needed, "change it there");
    }
  }

  /** Whether a path such as {@code optimiser.beta1} or {@code average[0].decay} is a field's. */
  public static boolean has(Message message, String path) {
    Descriptor at = message.getDescriptorForType();
    for (String step : path.replaceAll("\\[\\d+]", "").split("\\.", -1)) {
      FieldDescriptor field = at == null ? null : at.findFieldByName(step);
      if (field == null) {
        return false;
      }
      at = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE ? field.getMessageType() : null;
    }
    return true;
  }

  /**
   * Paths of the fields that were meant by one that is none, by edit distance; none if not near.
   */
  public static List<String> nearest(Message message, String typedPath) {
    return Fields.nearest(message.getDescriptorForType(), typedPath);
  }

  private static String textOf(Path file) {
    if (Files.isDirectory(file)) {
      String texts = names(file, Configs::isText);
      throw new InputException(
          file.toString(),
          "a folder",
          "a text protobuf file",
          texts.equals(NONE)
              ? "remove it, or put a file in its place"
              : "name a file in it: " + texts);
    }
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw missing(file);
    }
    try {
      return RegularFile.text(file, FileKind.SETTINGS);
    } catch (Utf8.Not e) {
      throw new InputException(
          file.toString(), e.why(), "a text protobuf file", "save it as UTF-8 text", e);
    } catch (IOException e) {
      throw DiskRefusal.unreadable(file, e);
    }
  }

  private static InputException missing(Path file) {
    Path parent = file.toAbsolutePath().normalize().getParent();
    String remedy =
        Folders.nearest(parent, Files::isDirectory)
            .map(
                folder ->
                    folder.equals(parent)
                        ? "choose one in " + folder + ": " + names(folder, Configs::isText)
                        : "choose one of the folders in "
                            + folder
                            + ": "
                            + names(folder, Files::isDirectory))
            .orElse("name one on a disk that is there");
    return new InputException(
        file.toString(), "no such file", "a text protobuf file (.pbtxt)", remedy);
  }

  private static boolean isText(Path path) {
    return path.toString().endsWith(".pbtxt");
  }

  /** Names of those entries of a folder, in order, at most twenty; "(none)" without any. */
  private static String names(Path folder, Predicate<Path> wanted) {
    try (Stream<Path> entries = Files.list(folder)) {
      List<String> names =
          entries
              .filter(wanted)
              .map(path -> path.getFileName().toString())
              .filter(name -> !name.startsWith("."))
              .sorted()
              .limit(20)
              .toList();
      return names.isEmpty() ? NONE : String.join(", ", names);
    } catch (IOException e) {
      return "(the folder cannot be read: " + DiskRefusal.reason(e) + ")";
    }
  }

  @SuppressWarnings("unchecked") // A message's builder builds messages of the same class.
  private static <M extends Message> M built(Message.Builder builder, M sameClass) {
    return (M) builder.build();
  }
}
