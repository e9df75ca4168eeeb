package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.files.Folders;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.imports.AutoencoderFolder;
import io.github.fdistill.imports.ClipFeatures;
import io.github.fdistill.imports.Importing;
import io.github.fdistill.imports.InceptionSource;
import io.github.fdistill.imports.OnnxFeatures;
import io.github.fdistill.imports.OnnxModel;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.journal.RunRecord;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.Resizing;
import io.github.fdistill.onnx.OnnxNetwork;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.tensorflow.ndarray.Shape;

/** Turns a model of others into a SavedModel of ours, {@code savedmodels/NAME/1}. */
public final class ImportJob {
  private static final String FIRST = "1";

  private ImportJob() {}

  /**
   * What was written.
   *
   * @param version its folder
   * @param importing what was read
   */
  public record Imported(Path version, Importing importing) {}

  /**
   * Reads a model and writes it, whole or not at all.
   *
   * @param words the command line, for the record
   * @param source a file or folder, seen from the workspace
   * @param name of the model, which is to be new
   * @throws InputException when the source is refused, or the name is taken
   */
  public static Imported run(
      Workspace workspace,
      List<String> words,
      String source,
      Importing.Options options,
      String name)
      throws IOException {
    Path model = newModel(workspace, name);
    Importing importing = Importing.read(workspace.path(source), options);
    RunRecord record = record(workspace, words, source, importing.files(), model);
    record.put("kind", importing.kind());
    record.put("licence", stated(importing.licence()));
    record.put("network", importing.network().toString());
    record.put("tensors", importing.tensors());
    record.put("parameters", importing.model().function().parameters().size());
    record.put("left_out", importing.leftOut());
    record.put("notes", importing.notes());
    options
        .autoencoder()
        .ifPresent(folder -> record.put("autoencoder", workspace.relative(folder)));
    Path version = model.resolve(FIRST);
    NamedModel.write(
        importing.model(),
        version,
        folder -> {
          if (importing.parts().isPresent()) {
            importing.parts().get().write(folder);
          }
          record.write(RunFiles.recordOf(folder));
        });
    return new Imported(version, importing);
  }

  /**
   * What was written of a network in ONNX.
   *
   * @param version its folder
   * @param model what was read
   * @param notes what a user should know
   */
  public record ImportedOnnx(Path version, OnnxModel model, List<String> notes) {}

  /**
   * Reads a network in ONNX and writes it, whole or not at all.
   *
   * @param words the command line, for the record
   * @param source a file, seen from the workspace
   * @param shapes of inputs whose sizes the file leaves open
   * @param mapping a file that says how it is called as a denoiser; may be empty
   * @param autoencoder a folder that has one, of a denoiser of latents; may be empty
   * @param name of the model, which is to be new
   * @throws InputException when the source is refused, the network cannot be called as the mapping
   *     says, or the name is taken
   */
  public static ImportedOnnx onnx(
      Workspace workspace,
      List<String> words,
      String source,
      Map<String, long[]> shapes,
      Optional<Path> mapping,
      Optional<Path> autoencoder,
      String name)
      throws IOException {
    Path folder = newModel(workspace, name);
    OnnxModel model = OnnxModel.read(workspace.path(source), shapes, mapping);
    OnnxNetwork network = model.network();
    RunRecord record = record(workspace, words, source, network, folder);
    record.put("variables", model.variables());
    autoencoder.ifPresent(path -> record.put("autoencoder", workspace.relative(path)));
    List<Path> files = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    Path version =
        write(
            folder,
            record,
            written -> {
              model.write(written);
              if (autoencoder.isPresent()) {
                Shape latents = DenoiserModel.read(written, model.said()).image();
                AutoencoderFolder.parts(autoencoder.get(), latents, files::add, notes::add)
                    .write(written);
                record.put("autoencoder_sha256", hashes(workspace, files));
                notes.addAll(notes(model, latents));
              } else if (mapping.isPresent()) { // Refused here if it cannot be called so.
                notes.addAll(notes(model, NamedModel.readStudent(written, model.said()).image()));
              }
              record.put("notes", notes);
            });
    return new ImportedOnnx(version, model, notes);
  }

  private static List<String> notes(OnnxModel model, Shape image) {
    return model.said().map(said -> said.notes(image)).orElse(List.of());
  }

  /**
   * Reads weights of Inception v3 and writes a features network, whole or not at all.
   *
   * @param words the command line, for the record
   * @param source a file, seen from the workspace
   * @param image [H,W,3] that the features are to be of
   * @param resizing by default as the reference of the weights does it
   * @param name of the model, which is to be new
   * @return the network, and where it was written
   */
  public static Map.Entry<Path, InceptionSource> features(
      Workspace workspace,
      List<String> words,
      String source,
      Shape image,
      Optional<Resizing> resizing,
      String name)
      throws IOException {
    Path model = newModel(workspace, name);
    InceptionSource read = InceptionSource.read(workspace.path(source), image, resizing);
    RunRecord record = record(workspace, words, source, read.weighed().files(), model);
    record.put("kind", "Inception v3, " + read.kind());
    record.put("resizing", read.resizing().toString());
    record.put("tensors", read.weighed().tensors());
    record.put("left_out", read.weighed().leftOut());
    Path version =
        write(
            model,
            record,
            folder -> {
              try (SavedModelBuilder builder = new SavedModelBuilder()) {
                read.model().addTo(builder);
                builder.write(folder);
              }
            });
    return Map.entry(version, read);
  }

  /**
   * Reads CLIP, as the library transformers saves it, and writes a features network that reads
   * texts too, whole or not at all.
   *
   * @param words the command line, for the record
   * @param source a folder, seen from the workspace
   * @param variant of the weights, such as fp16; may be empty
   * @param image [H,W,3] that the features are to be of
   * @param name of the model, which is to be new
   * @return the network, and where it was written
   */
  public static Map.Entry<Path, ClipFeatures> clip(
      Workspace workspace,
      List<String> words,
      String source,
      Optional<String> variant,
      Shape image,
      String name)
      throws IOException {
    Path model = newModel(workspace, name);
    ClipFeatures read = ClipFeatures.read(workspace.path(source), variant, image);
    RunRecord record = record(workspace, words, source, read.files(), model);
    record.put("kind", "CLIP");
    record.put("licence", stated(read.licence()));
    record.put("notes", read.notes());
    record.put("tensors", read.tensors());
    record.put("parameters", read.parameters());
    return Map.entry(write(model, record, read::write), read);
  }

  /**
   * Reads a network in ONNX that turns images into vectors and writes a features network, whole or
   * not at all.
   *
   * @param words the command line, for the record
   * @param source a file, seen from the workspace
   * @param shapes of inputs whose sizes the file leaves open
   * @param options how it is called
   * @param name of the model, which is to be new
   * @return the network, and where it was written
   */
  public static Map.Entry<Path, OnnxFeatures> features(
      Workspace workspace,
      List<String> words,
      String source,
      Map<String, long[]> shapes,
      OnnxFeatures.Options options,
      String name)
      throws IOException {
    Path model = newModel(workspace, name);
    OnnxFeatures read = OnnxFeatures.read(workspace.path(source), shapes, options);
    RunRecord record = record(workspace, words, source, read.network(), model);
    record.put("pixels", options.pixels().word());
    record.put("resizing", options.resizing().toString());
    record.put("output", read.output());
    return Map.entry(write(model, record, read::write), read);
  }

  /** Writes the first version of a model with its record, whole or not at all. */
  private static Path write(Path model, RunRecord record, AtomicFolder.Content content)
      throws IOException {
    Path version = model.resolve(FIRST);
    AtomicFolder.write(
        version,
        folder -> {
          content.writeTo(folder);
          record.write(RunFiles.recordOf(folder));
        });
    return version;
  }

  private static String stated(String licence) {
    return licence.isEmpty() ? "not stated" : licence;
  }

  private static RunRecord record(
      Workspace workspace, List<String> words, String source, OnnxNetwork network, Path model)
      throws IOException {
    RunRecord record = record(workspace, words, source, network.files(), model);
    record.put("kind", "ONNX, opset " + network.opset());
    record.put("producer", network.producer());
    record.put("licence", "not stated");
    record.put("tensors", network.tensors().size());
    record.put("parameters", network.function().parameters().size());
    return record;
  }

  private static RunRecord record(
      Workspace workspace, List<String> words, String source, List<Path> files, Path model)
      throws IOException {
    Folders.requireWritable(model.getParent());
    RunRecord record = RunRecord.start(words.stream().map(workspace::relative).toList());
    record.put("source", workspace.relative(workspace.path(source)));
    record.put("sha256", hashes(workspace, files));
    return record;
  }

  /** The folder of a model, of which there is none yet; one refused before may have left it. */
  private static Path newModel(Workspace workspace, String name) throws IOException {
    Path model = workspace.path("savedmodels").resolve(name);
    if (!Folders.isPlainName(name)) {
      throw InputException.ofValue("name", name, Folders.PLAIN_NAME);
    } else if (Files.exists(model) && !holdsNothing(model)) {
      throw new InputException(
          model.toString(),
          "there already",
          "the name of a new model",
          "choose another with --name, or remove the folder");
    }
    return model;
  }

  /** Whether nothing stands in a folder but what was being written, which is hidden. */
  private static boolean holdsNothing(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.allMatch(entry -> entry.getFileName().toString().startsWith("."));
    }
  }

  private static Map<String, String> hashes(Workspace workspace, List<Path> files)
      throws IOException {
    Map<String, String> hashes = new LinkedHashMap<>();
    for (Path file : files) {
      hashes.put(workspace.relative(file), Sha256.of(file));
    }
    return hashes;
  }
}
