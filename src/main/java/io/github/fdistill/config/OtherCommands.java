package io.github.fdistill.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat.ParseException;
import io.github.fdistill.InputException;
import io.github.fdistill.files.ShellWord;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Settings of one command in the place of another's: they lie in one folder, under like names. */
final class OtherCommands {
  /** How a file says whose settings it holds, for editors. */
  private static final Pattern SAID = Pattern.compile("(?m)^#\\s*proto-message:\\s*(\\w+)");

  /**
   * What reads files of settings that people write.
   *
   * @param defaultInstance of the message that it reads
   * @param command what comes before the file
   */
  private record Reader(Message defaultInstance, String command) {
    private String message() {
      return defaultInstance.getDescriptorForType().getName();
    }

    private boolean reads(String text) {
      try {
        Configs.PARSER.merge(text, defaultInstance.newBuilderForType());
        return true;
      } catch (ParseException | StackOverflowError e) {
        return false;
      }
    }
  }

  private static final List<Reader> READERS =
      List.of(
          new Reader(DistillConfig.getDefaultInstance(), "./fdistill train --config"),
          new Reader(PretrainConfig.getDefaultInstance(), "./fdistill pretrain --config"),
          new Reader(NetworkConfig.getDefaultInstance(), "./fdistill pretrain --network"),
          new Reader(FeaturesConfig.getDefaultInstance(), "./fdistill features --config"),
          new Reader(StudyConfig.getDefaultInstance(), "./fdistill study --config"));

  private OtherCommands() {}

  /**
   * A refusal of a text which another command would read: told of that command.
   *
   * @param wanted the message that the text should be
   */
  static InputException told(InputException refusal, Path file, String text, Descriptor wanted) {
    Matcher comment = SAID.matcher(text);
    Optional<String> said = comment.find() ? Optional.of(comment.group(1)) : Optional.empty();
    boolean given = READERS.stream().anyMatch(reader -> reader.message().equals(wanted.getName()));
    if (!given || said.equals(Optional.of(wanted.getName()))) {
      return refusal;
    }
    List<Reader> whole = READERS.stream().filter(reader -> reader.reads(text)).toList();
    List<Reader> meant =
        whole.stream().filter(reader -> said.equals(Optional.of(reader.message()))).toList();
    List<Reader> others = meant.isEmpty() ? whole : meant;
    if (others.isEmpty()) {
      return refusal;
    }
    String names = others.stream().map(Reader::message).collect(Collectors.joining(" or "));
    String commands =
        others.stream()
            .map(reader -> reader.command() + " " + ShellWord.quoted(file.toString()))
            .collect(Collectors.joining(", or "));
    return new InputException(
        refusal.where(),
        refusal.found() + "; the file is what another command reads, " + names,
        "a " + wanted.getName(),
        commands + "; or name another file here",
        refusal.getCause());
  }
}
