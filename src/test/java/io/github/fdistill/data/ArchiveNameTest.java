package io.github.fdistill.data;

import static io.github.fdistill.data.Refusals.refused;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ArchiveNameTest {
  /** Of a few kilobytes that unpack to them, each letter is gone over a few times. */
  @Test
  @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void longNamesAreRefusedAtOnce() {
    Path tar = Path.of("mine.tar");
    for (String start : List.of("a", ".hidden", "./")) {
      String name = start + "/".repeat(1 << 20) + "b";
      refused(() -> ArchiveName.checked(tar, name), "mine.tar: a file called '", "4096 letters");
      byte[] noText = (name + "\u00ff").getBytes(StandardCharsets.ISO_8859_1);
      if (!start.startsWith(".h")) {
        refused(() -> ArchiveName.text(tar, noText), "no UTF-8");
      }
    }
  }
}
