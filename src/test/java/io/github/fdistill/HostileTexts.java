package io.github.fdistill;

import static io.github.fdistill.HostileFiles.filled;
import static io.github.fdistill.HostileFiles.filledByNumber;

import java.util.Arrays;
import java.util.List;

/** Files of captions and tokens that take much memory for their size. */
final class HostileTexts {
  private HostileTexts() {}

  static List<byte[]> metadata(int bytes) {
    return List.of(
        filled(bytes, "\n"),
        filled(bytes, "{"),
        filledByNumber(bytes, "{\"file_name\":\"%d\"}\n"),
        filled(bytes, "{\"file_name\":\"a\",\"text\":[\"a\",\"b\"]}\n"));
  }

  static List<byte[]> captions(int bytes) {
    return List.of(filled(bytes, "\n"), filled(bytes, "[]\n"), filled(bytes, "\"\","));
  }

  static List<byte[]> vocabulary(int bytes) {
    byte[] entries = filledByNumber(bytes, ",\"%d\":%d");
    entries[0] = '{';
    byte[] object = Arrays.copyOf(entries, entries.length + 1);
    object[entries.length] = '}';
    return List.of(filled(bytes, "{\"\":"), object);
  }

  static List<byte[]> merges(int bytes) {
    return List.of(filled(bytes, "a b\n"), filled(bytes, "\n"), filled(bytes, "a "));
  }
}
