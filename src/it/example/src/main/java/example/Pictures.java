package example;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Made-up pictures: grey squares, which grow to the right or downwards, a folder for each class. */
final class Pictures {
  private Pictures() {}

  /** Writes so many of each class, of so many pixels a side. */
  static void write(Path folder, int count, int side) throws IOException {
    for (String name : new String[] {"down", "right"}) {
      Path of = Files.createDirectories(folder.resolve(name));
      for (int i = 0; i < count; i++) {
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < side; y++) {
          for (int x = 0; x < side; x++) {
            int along = name.equals("down") ? y : x;
            image.getRaster().setSample(x, y, 0, along * side <= i * side / 4 ? 200 : 20 + i);
          }
        }
        ImageIO.write(image, "png", of.resolve(i + ".png").toFile());
      }
    }
  }
}
