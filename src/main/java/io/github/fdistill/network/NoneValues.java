package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.NoneCondition;
import io.github.fdistill.data.NpyRows;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.savedmodel.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What a model's inputs are where there is no condition, where that is too much for a text file,
 * such as all of an empty text's context: as protobuf, beside what else is said of it.
 */
final class NoneValues {
  static final String FILE = "assets.extra/none.pb";

  /** Numbers of an input that stand in the text. */
  private static final int MOST = 1024;

  private NoneValues() {}

  /**
   * Takes long rows out of what is said and writes them.
   *
   * @return what is left
   */
  static DenoiserInfo written(DenoiserInfo info, Path savedModel) throws IOException {
    List<NoneCondition> few = info.getNoneList().stream().filter(n -> !isLong(n)).toList();
    if (few.size() == info.getNoneCount()) {
      return info;
    }
    DenoiserInfo.Builder many = DenoiserInfo.newBuilder();
    info.getNoneList().stream().filter(NoneValues::isLong).forEach(many::addNone);
    Path file = savedModel.resolve(FILE);
    Files.createDirectories(file.getParent());
    Files.write(file, many.build().toByteArray());
    return info.toBuilder().clearNone().addAllNone(few).build();
  }

  /**
   * Puts the last rows of files in the place of their names.
   *
   * @param folder of the model, beside which they may lie
   * @param where it is said, for messages
   * @throws InputException when one cannot be read, or values are said too
   */
  static DenoiserInfo ofFiles(DenoiserInfo info, Path folder, String where) {
    DenoiserInfo.Builder known = info.toBuilder();
    for (NoneCondition.Builder none : known.getNoneBuilderList()) {
      if (none.getFile().isEmpty()) {
        continue;
      }
      if (none.getValueCount() > 0) {
        throw new InputException(
            where + " for '" + none.getInput() + "'",
            "a file, and values",
            "one of them",
            "leave the other out");
      }
      Path file = RegularFile.beside(folder, none.getFile());
      Arrays.stream(NpyRows.last(file)).forEach(none::addValue);
      none.clearFile();
    }
    return known.build();
  }

  private static boolean isLong(NoneCondition none) {
    return none.getValueCount() > MOST;
  }

  /**
   * Puts back what was taken out.
   *
   * @throws InputException when the file is damaged, or too large
   */
  static DenoiserInfo read(DenoiserInfo info, Path savedModel) {
    Path file = ModelFolder.file(savedModel, FILE);
    if (!RegularFile.isThere(file)) {
      return info;
    }
    try {
      DenoiserInfo many = DenoiserInfo.parseFrom(RegularFile.bytes(file, FileKind.NONE));
      return info.toBuilder().addAllNone(many.getNoneList()).build();
    } catch (IOException e) {
      throw new InputException(
          file.toString(),
          "cannot be read: " + DiskRefusal.reason(e),
          "what the model's inputs are without a condition",
          "copy the whole model again",
          e);
    }
  }
}
