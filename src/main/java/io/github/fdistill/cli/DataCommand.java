package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.PackedImages;
import io.github.fdistill.data.Resized;
import io.github.fdistill.evaluation.ImageSets;
import io.github.fdistill.files.Folders;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.sampling.Drawable;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill data}: what images there are; and the same as one array. */
final class DataCommand implements Command {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,4})x(\\d{1,4})(?:x([13]))?");

  @Override
  public String name() {
    return "data";
  }

  @Override
  public String summary() {
    return "says what images there are; packs them into one array, which nothing decodes";
  }

  @Override
  public Arguments arguments() {
    return Arguments.one("IMAGES");
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(
            Flags.valued(
                "out",
                "FILE.npy",
                "write them as uint8 [N,H,W,C], with FILE.labels.npy and\n"
                    + "FILE.npy.sha256 beside"))
        .addOption(
            Flags.valued(
                "resize",
                "HxW",
                "make them all of this size: the middle of each is cut out in\n"
                    + "these proportions and resized; HxWx3 makes grey colour, HxWx1\n"
                    + "colour grey"))
        .addOption(Flags.plain("quiet", "no progress"));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill data datasets/fashion-mnist",
        "./fdistill data datasets/fashion-mnist:test --out fashion-mnist-test.npy",
        "./fdistill data pictures/ --resize 64x64 --out datasets/pictures-64.npy");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out) {
    String text = line.getArgList().get(0);
    ImageSource images = ImageSets.onDisk(text, workspace.root());
    if (line.hasOption("resize")) {
      images = resized(images, line.getOptionValue("resize"));
    }
    out.print(described(text, images));
    if (line.hasOption("out")) {
      write(images, line, workspace, out);
    } else {
      out.println("SHA-256: " + images.fingerprint());
    }
  }

  private static ImageSource resized(ImageSource images, String size) {
    Matcher parts = SIZE.matcher(size);
    if (!parts.matches() || size.matches("0+x.*|\\d+x0+(x.*)?")) {
      throw Flags.bad("resize", size, "HEIGHTxWIDTH such as 64x64, or 64x64x3 for colour");
    }
    int channels = parts.group(3) == null ? images.channels() : Integer.parseInt(parts.group(3));
    int height = Integer.parseInt(parts.group(1));
    return Resized.cropped(images, height, Integer.parseInt(parts.group(2)), channels);
  }

  private static void write(
      ImageSource images, CommandLine line, Workspace workspace, PrintStream out) {
    String file = line.getOptionValue("out");
    if (!file.endsWith(".npy")) {
      throw Flags.bad("out", file, "a name that ends in .npy");
    }
    if (Drawable.ofPoints(images.shape())) {
      throw new InputException(
          line.getArgList().get(0),
          "points, of one pixel",
          "pictures: bytes are too coarse for points",
          "train on the array of float32 as it is");
    }
    Path npy = workspace.path(file);
    Folders.requireWritable(npy.toAbsolutePath().getParent());
    Progress.Options how = Progress.Options.of(Progress.Display.choose(line.hasOption("quiet")));
    try (Progress progress = Progress.start("data", "image", 0, images.size(), how)) {
      PackedImages.write(images, npy, done -> progress.stepTo(done, done, ""));
    }
    long bytes = images.size() * images.valuesPerImage();
    out.println("Wrote " + Quantities.bytes(bytes) + ": " + file);
    out.println("Next:  ./fdistill train --set dataset.path=" + file + " ...");
  }

  /** How many there are, of what size, and how many of each class. */
  private static String described(String text, ImageSource images) {
    StringBuilder lines = new StringBuilder();
    String size = images.height() + "x" + images.width() + "x" + images.channels();
    lines.append(text).append(": ").append(images.size()).append(" images of ").append(size);
    if (images.classes() < 2) {
      return lines.append(", without classes\n").toString();
    }
    lines.append(", ").append(images.classes()).append(" classes\n");
    long[] counts = new long[images.classes()];
    for (long i = 0; i < images.size(); i++) {
      counts[images.label(i)]++;
    }
    for (int label = 0; label < counts.length; label++) {
      String name = images.classNames().isEmpty() ? "" : "  " + images.classNames().get(label);
      lines.append(String.format(Locale.ROOT, "%6d: %d%s%n", label, counts[label], name));
    }
    return lines.toString();
  }
}
