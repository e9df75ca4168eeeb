package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Layout;
import io.github.fdistill.config.PromptsAlone;
import io.github.fdistill.data.AskedSize;
import io.github.fdistill.data.Background;
import io.github.fdistill.data.ImageFolder;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.LevelRange;
import io.github.fdistill.data.NpyImages;
import io.github.fdistill.data.PackedImages;
import io.github.fdistill.data.PictureReading;
import io.github.fdistill.data.Prompts;
import io.github.fdistill.data.Survey;
import io.github.fdistill.evaluation.ImageSets;
import io.github.fdistill.files.Folders;
import io.github.fdistill.files.ShellWord;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.run.InitJob;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.sampling.Drawable;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** {@code fdistill data}: what images there are; and the same as one array. */
final class DataCommand implements Command {
  /** Pictures of which a look takes longer than a moment. */
  private static final int MANY = 2000;

  private static final String UNDECODED =
      "Nothing to decode for --check: these are no pictures, and are read as they lie";

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
                "write them as uint8 [N,H,W,C], with FILE.labels.npy and "
                    + "FILE.npy.sha256 beside"))
        .addOption(
            Flags.valued(
                "resize",
                "HxW",
                "make them all of this size: the middle of each is cut out in "
                    + "these proportions and resized; HxWx3 makes grey colour, HxWx1 "
                    + "colour grey"))
        .addOption(
            Flags.valued(
                "background",
                "COLOUR",
                "lay transparent pictures on white, black, grey or '#rrggbb'"))
        .addOption(
            Flags.plain(
                "convert",
                "turn pictures that are stored turned, and arrays with the channels "
                    + "first; make 16 bits or CMYK 8 bits of red, green and blue"))
        .addOption(
            Flags.valued(
                "levels",
                "BLACK..WHITE",
                "which numbers of an array are black and white, such as 0..65535"))
        .addOption(
            Flags.valued(
                "layout",
                "NHWC|NCHW",
                "where an array has its channels, last or first, if its shape does not tell"))
        .addOption(Flags.plain("skip-damaged", "leave damaged pictures out"))
        .addOption(Flags.plain("check", "decode every picture, to find the damaged ones"))
        .addOption(Flags.plain("quiet", "no progress"));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill data datasets/fashion-mnist",
        "./fdistill data datasets/fashion-mnist:test --out fashion-mnist-test.npy",
        "./fdistill data pictures/ --check",
        "./fdistill data pictures/ --resize 64x64 --out datasets/pictures-64.npy");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out) {
    String text = line.getArgList().get(0);
    if (PromptsAlone.are(text)) {
      requirePlain(text, line);
      out.print(DataText.of(text, Prompts.read(workspace.path(text))));
      if (line.hasOption("check")) {
        out.println(UNDECODED);
      }
      return;
    }
    Optional<Path> npy = npy(line, workspace); // Before pictures are looked at: that may take long.
    ImageSource images = ImageSets.onDisk(text, workspace.root(), reading(line));
    requireEffect(images, text, line);
    Optional<AskedSize> size = AskedSize.parse("--resize", line.getOptionValue("resize", ""));
    boolean resized = size.isPresent();
    ImageSource asked = size.map(s -> s.of(images)).orElse(images);
    npy.ifPresent(path -> requirePacked(text, asked, path));
    Optional<Survey> survey = look(images, line);
    out.print(DataText.of(text, asked, survey.filter(s -> !resized)));
    if (line.hasOption("check") && survey.isEmpty()) {
      out.println(UNDECODED);
    }
    if (images instanceof ImageFolder folder) {
      Survey found = survey.orElseThrow();
      size.ifPresentOrElse(
          s -> folder.require(found, s), () -> folder.require(found, npy.isPresent()));
      if (!resized) {
        Optional<String> command = folder.toOneSize(found);
        command.ifPresent(c -> out.println("To train on pictures of one size: " + c));
      }
    }
    if (npy.isPresent()) {
      write(asked, npy.get(), line, workspace, out);
    } else {
      out.println("SHA-256: " + asked.fingerprint());
    }
  }

  /**
   * What is said of an array says nothing of pictures, nor the other way; none is passed over. To
   * look closer changes nothing, so that it may be asked of any set.
   */
  private static void requireEffect(ImageSource images, String text, CommandLine line) {
    boolean array = images instanceof NpyImages;
    boolean pictures = images instanceof ImageFolder;
    String arrays = "an array, .npy or .npz";
    for (String flag : List.of("levels", "layout")) {
      require(array, text, line, flag, arrays);
    }
    require(pictures, text, line, "skip-damaged", "pictures");
    boolean alpha = pictures || images instanceof NpyImages npy && npy.hasAlpha();
    require(alpha, text, line, "background", "pictures, or an array with alpha");
    require(array || pictures, text, line, "convert", "pictures, or " + arrays);
  }

  /** Of prompts alone nothing is written; to look closer may be asked of them too. */
  private static void requirePlain(String text, CommandLine line) {
    for (Option said : line.getOptions()) {
      boolean any = Set.of("check", "quiet", "debug").contains(said.getLongOpt());
      require(any, text, line, said.getLongOpt(), "images");
    }
  }

  private static void require(
      boolean ok, String text, CommandLine line, String flag, String needed) {
    if (line.hasOption(flag) && !ok) {
      String value = Optional.ofNullable(line.getOptionValue(flag)).map(v -> v + ", ").orElse("");
      throw new InputException(
          "--" + flag,
          value + "where it has no effect: " + text + " is read as it lies",
          needed + ", for this flag",
          "leave --" + flag + " out");
    }
  }

  private static PictureReading reading(CommandLine line) {
    return new PictureReading(
        Background.parse("--background", line.getOptionValue("background", "")),
        line.hasOption("convert"),
        line.hasOption("skip-damaged"),
        LevelRange.parse("--levels", line.getOptionValue("levels", "")),
        Optional.ofNullable(line.getOptionValue("layout")).map(DataCommand::layout),
        Optional.empty()); // Of their own sizes: they are looked at so.
  }

  private static Layout layout(String word) {
    return Arrays.stream(Layout.values())
        .filter(each -> each.name().equals(word))
        .findFirst()
        .orElseThrow(() -> Flags.bad("layout", word, "NHWC (channels last) or NCHW (first)"));
  }

  /** Looks at all pictures, if that is what the images are. */
  private static Optional<Survey> look(ImageSource images, CommandLine line) {
    if (!(images instanceof ImageFolder folder)) {
      return Optional.empty();
    }
    boolean check = line.hasOption("check");
    Survey.Depth depth = check ? Survey.Depth.PIXELS : Survey.Depth.HEADERS;
    if (images.size() < MANY) {
      return Optional.of(folder.survey(depth, done -> {}));
    }
    try (Progress progress = progress("check", images, line)) {
      return Optional.of(folder.survey(depth, done -> progress.stepTo(done, done, "")));
    }
  }

  private static Progress progress(String name, ImageSource images, CommandLine line) {
    Progress.Options how = Progress.Options.of(Progress.Display.choose(line.hasOption("quiet")));
    return Progress.start(name, 0, images.size(), how);
  }

  /** Where they are to be written, if they are: a name that is free. */
  private static Optional<Path> npy(CommandLine line, Workspace workspace) {
    if (!line.hasOption("out")) {
      return Optional.empty();
    }
    String file = line.getOptionValue("out");
    if (!file.endsWith(".npy")) {
      throw Flags.bad("out", file, "a name that ends in .npy");
    }
    Path npy = workspace.path(file);
    PackedImages.requireFree(npy);
    Folders.requirePermitted(npy.toAbsolutePath().getParent());
    return Optional.of(npy);
  }

  /** Refuses images that bytes are too coarse for, and a place that has no room for these. */
  private static void requirePacked(String text, ImageSource images, Path npy) {
    if (Drawable.ofPoints(images.shape())) {
      throw new InputException(
          text,
          "points, of one pixel",
          "pictures: bytes are too coarse for points",
          "train on the array of float32 as it is");
    }
    if (Drawable.ofLatents(images.shape())) {
      throw new InputException(
          text,
          "images of " + images.channels() + " channels, which are latents",
          "pictures: bytes are too coarse for latents",
          "train on the array of floats as it is, [N,H,W,C] or [N,C,H,W] in C order");
    }
    PackedImages.requireFits(images, npy);
  }

  private static void write(
      ImageSource images, Path npy, CommandLine line, Workspace workspace, PrintStream out) {
    Folders.requireWritable(npy.toAbsolutePath().getParent());
    try (Progress progress = progress("data", images, line)) {
      PackedImages.write(images, npy, done -> progress.stepTo(done, done, ""));
    }
    String file = line.getOptionValue("out");
    long bytes = images.size() * images.valuesPerImage();
    out.println("Wrote " + Quantities.bytes(bytes) + ": " + file);
    if (InitJob.hasEnough(images)) {
      out.println("Next:  settings of a teacher of these images, and of its student:");
      String name = InitJob.freeName(workspace, npy);
      out.println("       ./fdistill init " + name + " --data " + ShellWord.quoted(file));
    }
  }
}
