package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PicturesTest {
  @TempDir Path folder;

  @Test
  void everyByteSurvivesDataUnitsAndBack() {
    for (int level = 0; level < 256; level++) {
      assertEquals(level, Images.level(level / 127.5f - 1));
    }
  }

  @Test
  void valuesAreRoundedToTheNearestLevelAndClamped() {
    assertEquals(0, Images.level(-7));
    assertEquals(255, Images.level(Float.POSITIVE_INFINITY));
    assertEquals(0, Images.level(Float.NaN));
    assertEquals(100, Images.level(100.4f / 127.5f - 1));
    assertEquals(101, Images.level(100.6f / 127.5f - 1));
    assertArrayEquals(new byte[] {0, (byte) 255}, new Images(new float[] {-2, 2}, 1, 2, 1).bytes());
  }

  @Test
  void greyLevelsAreInThePngUnchanged() throws IOException {
    float[] levels = new float[512];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (i % 256) / 127.5f - 1;
    }
    Path png = folder.resolve("new/folder/grey.png");
    PngFile.write(png, new Images(levels, 16, 16, 1), 1);
    BufferedImage read = ImageIO.read(png.toFile());
    assertEquals(1, read.getRaster().getNumBands());
    for (int i = 0; i < 256; i++) {
      assertEquals(i, read.getRaster().getSample(i % 16, i / 16, 0));
    }
  }

  @Test
  void coloursAreInThePngInOrder() throws IOException {
    Path png = folder.resolve("red.png");
    PngFile.write(png, new Images(new float[] {1, -1, -0.2f, -1, 1, 1}, 1, 2, 3), 0);
    BufferedImage read = ImageIO.read(png.toFile());
    assertEquals(0xffff0066, read.getRGB(0, 0));
    assertEquals(0xff00ffff, read.getRGB(1, 0));
  }

  @Test
  void anImageOf28IsDrawnTwiceItsSizeWithGapsOfTwo() {
    BufferedImage grid = ImageGrid.draw(3, List.of(black(5, 28, 1)));
    assertEquals(3 * 56 + 2 * 2, grid.getWidth());
    assertEquals(2 * 56 + 2, grid.getHeight());
    Raster levels = grid.getRaster();
    assertEquals(0, levels.getSample(55, 55, 0), "the last of image 0");
    assertEquals(255, levels.getSample(56, 0, 0), "the gap");
    assertEquals(255, levels.getSample(57, 57, 0), "the gap");
    assertEquals(0, levels.getSample(58, 58, 0), "the first of image 4");
    assertEquals(255, levels.getSample(116, 58, 0), "no image 5");
  }

  @Test
  void everyValueBecomesASquare() {
    float[] values = new float[32 * 32];
    Arrays.fill(values, -1);
    values[32 * 3 + 5] = 1;
    Raster levels = ImageGrid.draw(1, List.of(new Images(values, 32, 32, 1))).getRaster();
    for (int y = 0; y < 64; y++) {
      for (int x = 0; x < 64; x++) {
        assertEquals(y / 2 == 3 && x / 2 == 5 ? 255 : 0, levels.getSample(x, y, 0));
      }
    }
  }

  @Test
  void gridsStandSideBySide() throws IOException {
    Path png = folder.resolve("both.png");
    PngFile.write(png, ImageGrid.draw(2, List.of(black(2, 64, 1), black(4, 64, 3))));
    BufferedImage read = ImageIO.read(png.toFile());
    assertEquals(2 * 130 + 16, read.getWidth());
    assertEquals(130, read.getHeight());
    assertEquals(0xff000000, read.getRGB(129, 63));
    assertEquals(0xffffffff, read.getRGB(130, 0));
    assertEquals(0xffffffff, read.getRGB(145, 0));
    assertEquals(0xff000000, read.getRGB(146, 0));
    assertEquals(0xffffffff, read.getRGB(0, 66), "the left grid has one row");
    assertEquals(0xff000000, read.getRGB(146, 66));
  }

  @Test
  void aFileIsReplacedAndNothingLeftBesideIt() throws IOException {
    Path png = Files.writeString(folder.resolve("grid.png"), "old");
    PngFile.write(png, ImageGrid.draw(1, List.of(black(1, 8, 1))));
    assertEquals(64, ImageIO.read(png.toFile()).getWidth());
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(png), files.toList());
    }
  }

  @Test
  void aPlaceThatCannotBeWrittenIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    InputException refused =
        assertThrows(
            InputException.class, () -> PngFile.write(file.resolve("grid.png"), black(1, 8, 1), 0));
    assertTrue(refused.getMessage().contains("grid.png: cannot be written"), refused.getMessage());
  }

  @Test
  void imagesMustBeWhole() {
    float[] values = new float[10];
    assertThrows(IllegalArgumentException.class, () -> new Images(values, 3, 3, 1));
    assertThrows(IllegalArgumentException.class, () -> new Images(values, 1, 1, 2));
    assertThrows(IllegalArgumentException.class, () -> new Images(values, 0, 1, 1));
  }

  private static Images black(int count, int size, int channels) {
    float[] values = new float[count * size * size * channels];
    Arrays.fill(values, -1);
    return new Images(values, size, size, channels);
  }
}
