package io.github.fdistill;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.NoneCondition;
import io.github.fdistill.data.MadePickles;
import io.github.fdistill.data.NpyTable;
import io.github.fdistill.journal.TfRecord;
import io.github.fdistill.network.NetworkFiles;
import io.github.fdistill.network.Networks;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.ModelSpec;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.ServingApi;
import io.github.fdistill.wire.TensorProtos;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** Good files of others' models and data, and how they are read. */
final class MoreFiles {
  private static final Path RESOURCES = Path.of("src/test/resources/io/github/fdistill");

  private MoreFiles() {}

  /** A file that lies among the hostile ones. */
  static Readers.Use copied(String name) {
    return to -> copy(RESOURCES.resolve("imports/bad").resolve(name).toAbsolutePath(), to);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }

  static void table(Path to) throws IOException {
    Files.write(to, MadeFiles.npy("<f4", "2, 3", new byte[24]));
  }

  static void readTable(Path file) {
    NpyTable.read(file);
  }

  static void frozen(Path to) throws IOException {
    copy(RESOURCES.resolve("savedmodel/producers/frozen/frozen.pb"), to);
  }

  /** A model whose variables are found by the objects that its checkpoint holds. */
  static void objects(Path to) throws IOException {
    Path model = RESOURCES.resolve("savedmodel/producers/keras_saved");
    copy(model.resolve("saved_model.pb"), to.resolve("../../saved_model.pb").normalize());
    copy(model.resolve("variables/variables.index"), to.resolveSibling("variables.index"));
    copy(model.resolve("variables").resolve(to.getFileName()), to);
  }

  /** As inspect and train read it. */
  static void readModel(Path path) {
    SavedModel model = SavedModel.read(path.normalize());
    for (String signature : model.signatures()) {
      if (!signature.startsWith("__")) { // Of TensorFlow's own: it has an op, and no tensor.
        model.weights(model.function(signature).parameters());
      }
    }
  }

  static void onnx(Path to) throws IOException {
    Files.write(to, OnnxBytes.good());
  }

  static void request(Path to) throws IOException {
    HostTensor tensor = HostTensor.of(DataType.DT_INT32, Shape.of(2), new byte[8]);
    PredictRequest request =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("m"))
            .putInputs("label", TensorProtos.write(tensor))
            .build();
    Files.write(to, request.toByteArray());
  }

  static void readRequest(Path file) throws IOException {
    PredictRequest request = ServingApi.request(ServingApi.PREDICT, Files.readAllBytes(file));
    request.getInputsMap().forEach((name, proto) -> TensorProtos.read(name, proto, 1 << 24));
  }

  static void records(Path to) throws IOException {
    Files.write(to, TfRecord.of(new byte[] {1, 2, 3}));
  }

  static void readRecords(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      while (TfRecord.read(in).isPresent()) {
        continue;
      }
    } catch (TfRecord.TooLarge e) {
      throw new InputException(file.toString(), e.getMessage(), "less", "take it away", e);
    }
  }

  static void cifar(Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.write(to, MadePickles.batch("labels", new int[] {3, 9}, new byte[2 * 3072], "u1"));
    Files.write(
        to.resolveSibling("batches.meta"),
        MadePickles.names("label_names", Collections.nCopies(10, "a")));
  }

  static void shards(Path to) throws IOException {
    for (String name : List.of("m-00001-of-00002", "m-00002-of-00002")) {
      copy(
          RESOURCES.resolve("imports/bad/ok-sharded").resolve(name + ".safetensors"),
          to.resolveSibling(name + ".safetensors"));
    }
    copied("ok-sharded/model.safetensors.index.json").of(to);
  }

  /** A network of the library diffusers: its settings, with weights and scheduler beside. */
  static void diffusers(Path to) throws IOException {
    Path from = RESOURCES.resolve("imports/diffusers/unet-half");
    for (String name :
        List.of("scheduler_config.json", "diffusion_pytorch_model.fp16.safetensors")) {
      copy(from.resolve(name), to.resolveSibling(name));
    }
    copy(from.resolve(to.getFileName()), to);
  }

  /** What a model's inputs are without a condition. */
  static void none(Path to) throws IOException {
    NoneCondition text = NoneCondition.newBuilder().setInput("text").addValue(1).build();
    Files.write(to, DenoiserInfo.newBuilder().addNone(text).build().toByteArray());
  }

  static void readNone(Path file) {
    DenoiserInfo none = DenoiserInfo.getDefaultInstance();
    NetworkFiles.readNone(none, file.getParent().getParent());
  }

  static void clip(Path to) throws IOException {
    for (String name :
        List.of("merges.txt", "vocab.json", "model.safetensors", "preprocessor_config.json")) {
      copy(RESOURCES.resolve("imports/clip").resolve(name), to.resolveSibling(name));
    }
    copy(RESOURCES.resolve("imports/clip/config.json"), to);
  }

  static void like(Path to) throws IOException {
    Files.writeString(
        to,
        "image { height: 4 width: 4 channels: 1 } classes: 3"
            + " unet { channels: 4 multiplier: [1, 2] group_channels: 4 blocks: 1"
            + " attention_resolution: 4 }");
  }

  static void readLike(Path file) {
    NetworkConfig config = Configs.read(file, NetworkConfig.getDefaultInstance(), List.of());
    Networks.requireBuildable(config, file.toString());
  }

  /** A tokenizer whose padding is said in a file of its own. */
  static void padded(Path to) throws IOException {
    for (String name : List.of("vocab.json", "merges.txt")) {
      copy(RESOURCES.resolve("text/clip").resolve(name), to.resolveSibling(name));
    }
    for (String name : List.of("tokenizer_config.json", "special_tokens_map.json")) {
      copy(RESOURCES.resolve("text/padded").resolve(name), to.resolveSibling(name));
    }
  }
}
