package io.github.fdistill;

import io.github.fdistill.data.DataFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Pictures of every form that is read, of a few pixels each. */
final class Pictures {
  private static final Path FOLDER = Path.of("src/test/resources/pictures").toAbsolutePath();

  private Pictures() {}

  /** Those of a file's form, all kinds of it: palettes, transparent, turned, progressive, odd. */
  static List<byte[]> all(Path like) throws IOException {
    String form = like.getParent().getFileName().toString();
    String endings = form.equals("jpeg") ? "jpe?g" : form.equals("tiff") ? "tiff?" : form;
    List<byte[]> pictures = new ArrayList<>();
    try (Stream<Path> files = Files.walk(FOLDER)) {
      for (Path file :
          files.filter(f -> f.toString().matches(".*\\." + endings)).sorted().toList()) {
        pictures.add(Files.readAllBytes(file));
      }
    }
    return pictures;
  }

  static void some(Path to) throws IOException {
    Files.write(to, all(to).get(0));
  }

  /** Whatever they are: turned upright, laid on grey. */
  static void read(Path file) {
    PlainFiles.look(DataFiles.converted(file.getParent()));
  }
}
