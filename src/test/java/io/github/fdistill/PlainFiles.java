package io.github.fdistill;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.data.Captions;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.Split;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.savedmodel.CheckpointIndex;
import io.github.fdistill.savedmodel.ServedGraph;
import io.github.fdistill.text.BytePairTraining;
import io.github.fdistill.text.TextForm;
import io.github.fdistill.text.TokenizerFiles;
import io.github.fdistill.wire.JsonRequest;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorInfo;

/** Good files of models, data, settings and runs as this program writes them, and their reading. */
final class PlainFiles {
  private PlainFiles() {}

  static ImageSource images(Path path) {
    return ImageSources.open(path, Split.TRAIN);
  }

  /** Reads images and labels of a file, an archive or a folder. */
  static void look(Path path) {
    look(images(path));
  }

  static void lookAround(Path file) {
    look(file.getParent());
  }

  static void look(ImageSource images) {
    float[] values = new float[images.valuesPerImage()];
    for (long i = 0; i < Math.min(3, images.size()); i++) {
      images.copy(i, values, 0);
      images.label(i);
    }
  }

  static void writePicture(Path file, String format) throws IOException {
    Files.createDirectories(file.getParent());
    BufferedImage picture = new BufferedImage(5, 4, BufferedImage.TYPE_INT_RGB);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(picture, format, bytes);
    Files.write(file, bytes.toByteArray());
  }

  /** The version of a model in which a file lies. */
  private static Path version(Path file) {
    Path at = file;
    while (!at.getFileName().toString().equals("1")) {
      at = at.getParent();
    }
    return at;
  }

  static void model(Path file) throws IOException {
    NetworkConfig.Builder config = NetworkConfig.newBuilder().setClasses(3);
    config.getImageBuilder().setHeight(4).setWidth(4).setChannels(1);
    config.getUnetBuilder().setChannels(4).addMultiplier(1).setGroupChannels(4).setBlocks(1);
    if (!Files.exists(version(file))) {
      Files.createDirectories(version(file).getParent());
      NamedModel.write(Networks.denoiser(config.build(), 1), version(file), f -> {});
    }
  }

  static void readNetwork(Path file) {
    MoreFiles.readModel(version(file).getParent());
  }

  static void readServed(Path file) {
    ServedGraph.require(version(file));
  }

  static void readIndex(Path file) {
    CheckpointIndex.read(version(file), version(file).resolve("variables/variables"));
  }

  static void readDescription(Path file) {
    Configs.read(file, DenoiserInfo.getDefaultInstance(), List.of());
    NamedModel.openToDraw(version(file).getParent(), Optional.empty());
  }

  static void array(Path to) throws IOException {
    Files.write(to, MadeFiles.npy("|u1", "3, 4, 4, 1", new byte[48]));
  }

  static void labels(Path to) throws IOException {
    array(to.resolveSibling("images.npy"));
    Files.write(to, MadeFiles.npy("<i4", "3,", new byte[12]));
  }

  static void metadata(Path to) throws IOException {
    writePicture(to.resolveSibling("a.png"), "png");
    Files.writeString(to, "{\"file_name\": \"a.png\", \"text\": [\"a\"], \"label\": 1}\n");
  }

  static void captions(Path to) throws IOException {
    array(to.resolveSibling("images.npy"));
    Files.writeString(to, "\"a\"\n[\"b\", null]\n[]\n");
  }

  static void readCaptions(Path file) {
    boolean beside = file.getFileName().toString().startsWith("images.");
    ImageSource images = images(beside ? file.resolveSibling("images.npy") : file.getParent());
    for (long i = 0; i < images.size(); i++) {
      images.captions(i);
    }
    Captions.of(images);
  }

  static void tokenizer(Path to) throws IOException {
    TokenizerFiles.write(
        BytePairTraining.train(List.of("a cat", "a cat"), TextForm.CLIP, 520, 8), to.getParent());
  }

  static void readTokenizer(Path file) {
    TokenizerFiles.read(file.getParent()).row("a cat");
  }

  static void idx(Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.write(to.resolveSibling("train-images-idx3-ubyte"), MadeFiles.idx(0x803, 2, 4, 4));
    Files.write(to.resolveSibling("train-labels-idx1-ubyte"), MadeFiles.idx(0x801, 2));
  }

  static void idxGzip(Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.write(to, MadeFiles.gzip(MadeFiles.idx(0x803, 2, 4, 4)));
    Files.write(to.resolveSibling("train-labels-idx1-ubyte"), MadeFiles.idx(0x801, 2));
  }

  static void checksums(Path to) throws IOException {
    idx(to);
    StringBuilder sums = new StringBuilder();
    for (String name : List.of("train-images-idx3-ubyte", "train-labels-idx1-ubyte")) {
      sums.append(Sha256.of(to.resolveSibling(name))).append("  " + name + "\n");
    }
    Files.writeString(to, sums);
  }

  static void settings(Path to) throws IOException {
    Files.writeString(
        to,
        "name: \"a\"\nteacher: 'b'\naverage { decay: 0.9 }\noptimiser { learning_rate: 1e-4 }\n");
  }

  static void readSettings(Path file) {
    Configs.read(file, DistillConfig.getDefaultInstance(), List.of());
  }

  static void metrics(Path to) throws IOException {
    Files.writeString(to, "{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":\"NaN\"}\n");
  }

  static void record(Path to) throws IOException {
    Files.writeString(
        to,
        "{\"program\": \"fdistill 1\", \"command_line\": [\"train\"], \"steps_planned\": [10]}");
  }

  static void readRecord(Path file) {
    RecordFile record = RecordFile.read(file);
    record.run();
    record.stepsPlanned();
    record.texts("command_line");
  }

  static void jsonRequest(Path to) throws IOException {
    Files.writeString(
        to, "{\"inputs\": {\"seed\": [1, 2], \"text\": [\"a\", {\"b64\": \"YQ==\"}]}}");
  }

  static void readJsonRequest(Path file) throws IOException {
    TensorInfo seed = TensorInfo.newBuilder().setDtype(DataType.DT_INT64).build();
    TensorInfo text = TensorInfo.newBuilder().setDtype(DataType.DT_STRING).build();
    String body = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    JsonRequest.read(body, 1 << 24, (name, given) -> Map.of("seed", seed, "text", text));
  }
}
