package io.github.fdistill.data;

import static io.github.fdistill.data.MadeTar.tar;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarShardsTest {
  @TempDir Path folder;

  private ImageSource open() {
    return ImageSources.open(folder, Split.TRAIN);
  }

  /** None of it has been used: the set counts as the one that a run began with. */
  @Test
  void theShardOfADamagedPictureMayBeReplaced() throws IOException {
    byte[] png = PngFile.bytes(new Images(new float[1], 1, 1, 1), 0);
    byte[] wrong = png.clone();
    wrong[41]++; // Among the pixels, of which the checksum is then wrong.
    Files.write(folder.resolve("00000.tar"), tar("0.png", png));
    Files.write(folder.resolve("00001.tar"), tar("1.png", wrong));
    ImageSource damaged = open();
    String begun = damaged.fingerprint();
    Refusals.refused(() -> damaged.copy(1, new float[1], 0), "00001.tar: 1.png: damaged");
    Files.write(folder.resolve("00001.tar"), tar("1.png", png));
    assertNotEquals(begun, open().fingerprint());
    assertEquals(begun, open().fingerprintWith(damaged.unread()));
    Files.write(folder.resolve("00000.tar"), tar("0.png", png, "2.txt", "another"));
    assertNotEquals(begun, open().fingerprintWith(damaged.unread()), "the other shard was used");
  }
}
