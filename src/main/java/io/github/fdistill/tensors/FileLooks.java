package io.github.fdistill.tensors;

import io.github.fdistill.InputException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What stands under the name of a file of weights where a download went wrong. */
public final class FileLooks {
  private FileLooks() {}

  /**
   * Refuses an empty file, a web page, and a pointer of Git LFS.
   *
   * @param needed such as "a safetensors file"
   */
  public static void require(Bytes file, String needed) {
    if (file.size() == 0) {
      throw wrong(file, "an empty file", needed, "download or copy it again");
    }
    if (file.beginWith("version https://git-lfs")) {
      throw wrong(
          file,
          "a pointer of Git LFS in the place of the file",
          needed,
          "get the file itself: git lfs pull");
    }
    String first =
        new String(file.array(0, (int) Math.min(64, file.size())), StandardCharsets.ISO_8859_1);
    String text = first.strip().toLowerCase(Locale.ROOT);
    if (text.startsWith("<!doctype") || text.startsWith("<html")) {
      throw wrong(
          file, "a web page in the place of the file", needed, "download the file itself again");
    }
  }

  private static InputException wrong(Bytes file, String found, String needed, String remedy) {
    return new InputException(file.path().toString(), found, needed, remedy);
  }
}
