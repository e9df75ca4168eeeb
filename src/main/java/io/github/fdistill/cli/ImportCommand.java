package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.imports.ClipFeatures;
import io.github.fdistill.imports.Importing;
import io.github.fdistill.imports.InceptionSource;
import io.github.fdistill.imports.OnnxFeatures;
import io.github.fdistill.imports.OnnxModel;
import io.github.fdistill.imports.PixelRange;
import io.github.fdistill.network.Resizing;
import io.github.fdistill.onnx.OnnxNetwork;
import io.github.fdistill.run.ImportJob;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.tensorflow.ndarray.Shape;

/** {@code fdistill import}: a model of others, as they save it, becomes a SavedModel of ours. */
final class ImportCommand implements Command {
  @Override
  public String name() {
    return "import";
  }

  @Override
  public String summary() {
    return "makes a SavedModel of weights as others save them: diffusers, EDM, EDM2, DiT, SiT,"
        + " ONNX";
  }

  @Override
  public Arguments arguments() {
    return Arguments.one("SOURCE");
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Flags.valued("name", "NAME", "of the model, needed: savedmodels/NAME/1"))
        .addOption(
            Flags.valued(
                "like",
                "NETWORK.pbtxt",
                "the description of the network, where SOURCE has weights alone"))
        .addOption(
            Flags.valued(
                "as", "dit|sit", "which of the two it is: their files have the same names"))
        .addOption(
            Flags.valued(
                "variant", "VARIANT", "of the weights in a folder, such as fp16 (default: plain)"))
        .addOption(
            Flags.valued(
                "autoencoder",
                "FOLDER",
                "of a network of latents, whose images it makes pictures: "
                    + "of the library diffusers, such as vae/, or a SavedModel"))
        .addOption(
            Flags.valued(
                "mapping",
                "FILE.pbtxt",
                "of a network in ONNX, how it is called as a denoiser (docs/import.md)"))
        .addOption(
            Flags.valued(
                "shape",
                "INPUT=N,C,H,W",
                "of an input of a network in ONNX, where the file leaves "
                    + "it open; may be repeated"))
        .addOption(
            Flags.valued(
                "features",
                "HxW",
                "SOURCE turns images into features: Inception v3, CLIP (a "
                    + "folder of the library transformers), or a network in ONNX; "
                    + "of images of this size"))
        .addOption(
            Flags.valued(
                "resize",
                "tf1|bilinear|antialiased|bicubic",
                "how such images get the network's own size (default: as "
                    + "Inception's reference; else antialiased)"))
        .addOption(
            Flags.valued(
                "pixels",
                "-1..1|0..1|0..255|imagenet",
                "what a network in ONNX takes black and white for"))
        .addOption(
            Flags.valued(
                "output", "NAME", "of a network in ONNX, the features, where it has several"));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill import edm-cifar10-32x32-cond-vp.pkl --name edm-cifar10",
        "./fdistill import ddpm-cifar10-32 --name ddpm-cifar10",
        "./fdistill import DiT-XL-2-256x256.pt --as dit --autoencoder sd-vae-ft-mse --name dit-xl",
        "./fdistill import unet.onnx --mapping unet.pbtxt --name unet",
        "./fdistill import pt_inception-2015-12-05-6726825d.pth --features 32x32 --name"
            + " inception-32",
        "./fdistill import clip-vit-base-patch32 --features 512x512 --name clip-512",
        "./fdistill import resnet.onnx --features 32x32 --pixels imagenet --name resnet-32");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException, ParseException {
    if (!line.hasOption("name")) {
      throw new ParseException("--name is needed: what the model is to be called");
    }
    String source = line.getArgList().get(0);
    boolean onnx = OnnxModel.is(workspace.path(source));
    if (!onnx) {
      refuse(line, source, "mapping", "shape", "pixels", "output");
    }
    if (line.hasOption("features")) {
      refuse(line, source + " with --features", "autoencoder");
    }
    if (line.hasOption("features") || onnx) {
      boolean clip = line.hasOption("features") && Files.isDirectory(workspace.path(source));
      refuse(line, source, "like", "as", clip ? "resize" : "variant");
      if (!line.hasOption("features")) {
        onnx(line, words, workspace, out);
      } else if (clip) {
        clip(line, words, workspace, out);
      } else if (onnx) {
        onnxFeatures(line, words, workspace, out);
      } else {
        features(line, words, workspace, out);
      }
      return;
    }
    refuse(line, source + " without --features", "resize");
    Importing.Options options =
        new Importing.Options(
            Optional.ofNullable(line.getOptionValue("like")).map(workspace::path),
            Optional.ofNullable(line.getOptionValue("as")).map(ImportCommand::sit),
            Optional.ofNullable(line.getOptionValue("variant")),
            autoencoder(line, workspace));
    ImportJob.Imported imported =
        ImportJob.run(workspace, words, source, options, line.getOptionValue("name"));
    tell(workspace, imported, out);
  }

  private static Optional<Path> autoencoder(CommandLine line, Workspace workspace) {
    return Optional.ofNullable(line.getOptionValue("autoencoder")).map(workspace::path);
  }

  private static void refuse(CommandLine line, String source, String... flags) {
    for (String flag : flags) {
      if (line.hasOption(flag)) {
        throw InputException.ofValue(flag, "beside " + source, "another source, or leave it out");
      }
    }
  }

  private static void onnx(
      CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException {
    String source = line.getArgList().get(0);
    refuse(line, source + " without --features", "resize", "pixels", "output");
    Optional<Path> mapping =
        Optional.ofNullable(line.getOptionValue("mapping")).map(workspace::path);
    if (mapping.isEmpty()) {
      refuse(line, source + " without --mapping", "autoencoder");
    }
    ImportJob.ImportedOnnx imported =
        ImportJob.onnx(
            workspace,
            words,
            source,
            shapes(line),
            mapping,
            autoencoder(line, workspace),
            line.getOptionValue("name"));
    OnnxNetwork network = imported.model().network();
    String producer = network.producer().isEmpty() ? "" : ", written by " + network.producer();
    out.println("Network:  ONNX, opset " + network.opset() + producer);
    imported.model().signature().forEach(tensor -> out.println("          " + tensor));
    out.printf(
        Locale.ROOT,
        "Weights:  %,d in %d tensors; %d constants%n",
        network.function().parameters().size(),
        network.tensors().size(),
        network.constants());
    imported.notes().forEach(note -> out.println("Note:     " + note));
    String model = workspace.relative(imported.version().getParent());
    out.println("Model:    " + workspace.relative(imported.version()));
    out.println("Next:     ./fdistill inspect " + model);
    if (mapping.isPresent()) {
      out.println("          ./fdistill sample " + model + plain(imported.version()));
    }
  }

  private static Map<String, long[]> shapes(CommandLine line) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    if (line.hasOption("shape")) {
      for (String said : line.getOptionValues("shape")) {
        int split = said.lastIndexOf('=');
        shapes.put(said.substring(0, Math.max(0, split)), sizes(said.substring(split + 1), said));
      }
    }
    return shapes;
  }

  private static long[] sizes(String text, String said) {
    if (!text.matches("(N|[0-9]{1,9})(,[0-9]{1,9})*") || !said.contains("=")) {
      throw InputException.ofValue("shape", said, "INPUT=N,4,64,64");
    }
    return Arrays.stream(text.split(","))
        .mapToLong(size -> size.equals("N") ? OnnxNetwork.FREE : Long.parseLong(size))
        .toArray();
  }

  private static void clip(
      CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException {
    Map.Entry<Path, ClipFeatures> imported =
        ImportJob.clip(
            workspace,
            words,
            line.getArgList().get(0),
            Optional.ofNullable(line.getOptionValue("variant")),
            image(line.getOptionValue("features")),
            line.getOptionValue("name"));
    ClipFeatures clip = imported.getValue();
    out.println(
        "Network:  CLIP, of images and of texts of " + clip.tokenizer().length() + " tokens");
    out.printf(Locale.ROOT, "Weights:  %,d in %d tensors%n", clip.parameters(), clip.tensors());
    tell(clip.licence(), clip.notes(), out);
    tellFeatures(workspace, imported.getKey(), out);
  }

  private static void features(
      CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException {
    Optional<Resizing> resizing =
        Optional.ofNullable(line.getOptionValue("resize")).map(ImportCommand::resizing);
    Map.Entry<Path, InceptionSource> imported =
        ImportJob.features(
            workspace,
            words,
            line.getArgList().get(0),
            image(line.getOptionValue("features")),
            resizing,
            line.getOptionValue("name"));
    InceptionSource source = imported.getValue();
    out.println("Network:  Inception v3, " + source.kind() + ", resizing " + source.resizing());
    tellFeatures(workspace, imported.getKey(), out);
  }

  private static void onnxFeatures(
      CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException, ParseException {
    String source = line.getArgList().get(0);
    refuse(line, source + " with --features", "mapping");
    if (!line.hasOption("pixels")) {
      throw new ParseException(
          "--pixels is needed: what the network takes black and white for, -1..1, 0..1, 0..255 or"
              + " imagenet (torchvision's means and deviations); the file does not say");
    }
    Shape image = image(line.getOptionValue("features"));
    OnnxFeatures.Options options =
        new OnnxFeatures.Options(
            image.get(0),
            image.get(1),
            PixelRange.of(line.getOptionValue("pixels")),
            resizing(line.getOptionValue("resize", "antialiased")),
            Optional.ofNullable(line.getOptionValue("output")));
    Map.Entry<Path, OnnxFeatures> imported =
        ImportJob.features(
            workspace, words, source, shapes(line), options, line.getOptionValue("name"));
    OnnxFeatures features = imported.getValue();
    Shape taken = features.image();
    out.printf(
        Locale.ROOT,
        "Network:  ONNX, opset %d: %dx%dx%d to %d features, %s%n",
        features.network().opset(),
        taken.get(0),
        taken.get(1),
        taken.get(2),
        features.dimension(),
        features.output());
    tellFeatures(workspace, imported.getKey(), out);
  }

  private static void tellFeatures(Workspace workspace, Path version, PrintStream out) {
    String model = workspace.relative(version.getParent());
    out.println("Model:    " + workspace.relative(version));
    out.println("Next:     ./fdistill evaluate IMAGES --against REFERENCE --features " + model);
  }

  private static Shape image(String text) {
    if (!text.matches("[1-9]\\d{0,3}x[1-9]\\d{0,3}")) {
      throw InputException.ofValue("features", text, "HEIGHTxWIDTH, such as 32x32");
    }
    String[] sides = text.split("x");
    return Shape.of(Long.parseLong(sides[0]), Long.parseLong(sides[1]), 3);
  }

  private static Resizing resizing(String word) {
    for (Resizing resizing : Resizing.values()) {
      if (resizing.name().toLowerCase(Locale.ROOT).equals(word)) {
        return resizing;
      }
    }
    throw InputException.ofValue("resize", word, "tf1, bilinear, antialiased or bicubic");
  }

  private static boolean sit(String word) {
    if (!word.equals("sit") && !word.equals("dit")) {
      throw InputException.ofValue("as", word, "dit or sit");
    }
    return word.equals("sit");
  }

  private static void tell(Workspace workspace, ImportJob.Imported imported, PrintStream out) {
    Importing importing = imported.importing();
    DenoiserInfo info = importing.model().info();
    Shape image = importing.model().image();
    out.println("Network:  " + importing.kind());
    out.printf(
        Locale.ROOT,
        "Images:   %dx%dx%d%s, noise from %s to %s%n",
        image.get(0),
        image.get(1),
        image.get(2),
        info.getClasses() > 0 ? " of " + info.getClasses() + " classes" : "",
        rounded(info.getSigmaMin()),
        rounded(info.getSigmaMax()));
    out.printf(
        Locale.ROOT,
        "Weights:  %,d in %d tensors%s%n",
        importing.model().function().parameters().size(),
        importing.tensors() - importing.leftOut().size(),
        importing.leftOut().isEmpty()
            ? ""
            : "; " + importing.leftOut().size() + " left out: " + why(importing));
    importing.parts().ifPresent(parts -> out.println("Parts:    " + parts));
    tell(importing.licence(), importing.notes(), out);
    String model = workspace.relative(imported.version().getParent());
    out.println("Model:    " + workspace.relative(imported.version()));
    out.println("Next:     ./fdistill inspect " + model);
    out.println("          ./fdistill sample " + model + plain(imported.version()));
  }

  private static void tell(String licence, List<String> notes, PrintStream out) {
    out.println("Licence:  " + (licence.isEmpty() ? "not stated in its files" : licence));
    notes.forEach(note -> out.println("Note:     " + note));
  }

  /** To four digits, without an exponent. */
  private static String rounded(double level) {
    return new BigDecimal(level).round(new MathContext(4)).toPlainString();
  }

  /** How it is sampled, without what needs not be said. */
  private static String plain(Path version) {
    return SampleCommand.howTo(version).replace(" --out samples.png", "");
  }

  /** The reasons, each once. */
  private static String why(Importing importing) {
    Set<String> reasons = new LinkedHashSet<>(importing.leftOut().values());
    return String.join("; ", reasons);
  }
}
