package io.github.fdistill;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.data.Captions;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.PublishedMoments;
import io.github.fdistill.data.Split;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.imports.ForeignFiles;
import io.github.fdistill.journal.Metrics;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.savedmodel.CheckpointIndex;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.ServedGraph;
import io.github.fdistill.server.ServingFiles;
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
import javax.imageio.ImageIO;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorInfo;

/**
 * Everything that reads what may come from anywhere: the file that it reads, a good one to begin
 * with, and the reading itself, as far as it goes before anything is computed.
 */
enum Readers {
  /** As inspect, sample and train read a model. */
  NETWORK("model/1/saved_model.pb") {
    @Override
    void writeGood(Path folder) throws IOException {
      writeModel(folder);
    }

    @Override
    void read(Path folder) {
      SavedModel model = SavedModel.read(folder.resolve("model"));
      for (String signature : model.signatures()) {
        model.weights(model.function(signature).parameters());
      }
    }
  },
  /** As serve looks at a model before TensorFlow loads it. */
  SERVED("model/1/saved_model.pb") {
    @Override
    void writeGood(Path folder) throws IOException {
      writeModel(folder);
    }

    @Override
    void read(Path folder) {
      ServedGraph.require(folder.resolve("model/1"));
    }
  },
  INDEX("model/1/variables/variables.index") {
    @Override
    void writeGood(Path folder) throws IOException {
      writeModel(folder);
    }

    @Override
    void read(Path folder) {
      Path version = folder.resolve("model/1");
      CheckpointIndex.read(version, version.resolve("variables/variables"));
    }
  },
  ARRAY("images.npy") {
    @Override
    void writeGood(Path folder) throws IOException {
      Files.write(folder.resolve(file()), MadeFiles.npy("|u1", "3, 4, 4, 1", new byte[48]));
    }

    @Override
    void read(Path folder) {
      look(images(folder.resolve(file())));
    }
  },
  LABELS("images.labels.npy") {
    @Override
    void writeGood(Path folder) throws IOException {
      ARRAY.writeGood(folder);
      Files.write(folder.resolve(file()), MadeFiles.npy("<i4", "3,", new byte[12]));
    }

    @Override
    void read(Path folder) throws IOException {
      ARRAY.read(folder);
    }
  },
  METADATA("meta/metadata.jsonl") {
    @Override
    void writeGood(Path folder) throws IOException {
      writePicture(folder.resolve("meta/a.png"), "png");
      Files.writeString(
          folder.resolve(file()), "{\"file_name\": \"a.png\", \"text\": [\"a\"], \"label\": 1}\n");
    }

    @Override
    void read(Path folder) {
      Captions.of(images(folder.resolve("meta")));
    }
  },
  CAPTIONS("images.captions.jsonl") {
    @Override
    void writeGood(Path folder) throws IOException {
      ARRAY.writeGood(folder);
      Files.writeString(folder.resolve(file()), "\"a\"\n[\"b\", null]\n[]\n");
    }

    @Override
    void read(Path folder) throws IOException {
      Captions.of(images(folder.resolve("images.npy")));
    }
  },
  VOCABULARY("tokenizer/vocab.json") {
    @Override
    void writeGood(Path folder) throws IOException {
      TokenizerFiles.write(
          BytePairTraining.train(List.of("a cat", "a cat"), TextForm.CLIP, 520, 8),
          folder.resolve("tokenizer"));
    }

    @Override
    void read(Path folder) {
      TokenizerFiles.read(folder.resolve("tokenizer")).row("a cat");
    }
  },
  MERGES(
      "tokenizer/merges.txt",
      file -> VOCABULARY.writeGood(file.getParent().getParent()),
      file -> VOCABULARY.read(file.getParent().getParent())),
  IDX("idx/train-images-idx3-ubyte") {
    @Override
    void writeGood(Path folder) throws IOException {
      Files.createDirectories(folder.resolve("idx"));
      Files.write(folder.resolve(file()), MadeFiles.idx(0x803, 2, 4, 4));
      Files.write(folder.resolve("idx/train-labels-idx1-ubyte"), MadeFiles.idx(0x801, 2));
    }

    @Override
    void read(Path folder) {
      look(images(folder.resolve("idx")));
    }
  },
  IDX_GZIP("idxgz/train-images-idx3-ubyte.gz") {
    @Override
    void writeGood(Path folder) throws IOException {
      Files.createDirectories(folder.resolve("idxgz"));
      Files.write(folder.resolve(file()), MadeFiles.gzip(MadeFiles.idx(0x803, 2, 4, 4)));
      Files.write(folder.resolve("idxgz/train-labels-idx1-ubyte"), MadeFiles.idx(0x801, 2));
    }

    @Override
    void read(Path folder) {
      look(images(folder.resolve("idxgz")));
    }
  },
  CHECKSUMS("idx/SHA256SUMS") {
    @Override
    void writeGood(Path folder) throws IOException {
      IDX.writeGood(folder);
      StringBuilder sums = new StringBuilder();
      for (String name : List.of("train-images-idx3-ubyte", "train-labels-idx1-ubyte")) {
        sums.append(Sha256.of(folder.resolve("idx").resolve(name))).append("  " + name + "\n");
      }
      Files.writeString(folder.resolve(file()), sums);
    }

    @Override
    void read(Path folder) throws IOException {
      IDX.read(folder);
    }
  },
  PNG("png/a.png") {
    @Override
    void writeGood(Path folder) throws IOException {
      writePicture(folder.resolve(file()), "png");
    }

    @Override
    void read(Path folder) {
      look(images(folder.resolve("png")));
    }
  },
  JPEG("jpeg/a.jpg") {
    @Override
    void writeGood(Path folder) throws IOException {
      writePicture(folder.resolve(file()), "jpeg");
    }

    @Override
    void read(Path folder) {
      look(images(folder.resolve("jpeg")));
    }
  },
  SETTINGS("distill.pbtxt") {
    @Override
    void writeGood(Path folder) throws IOException {
      Files.writeString(
          folder.resolve(file()),
          "name: \"a\"\nteacher: 'b'\naverage { decay: 0.9 }\noptimiser { learning_rate: 1e-4 }\n");
    }

    @Override
    void read(Path folder) {
      Configs.read(folder.resolve(file()), DistillConfig.getDefaultInstance(), List.of());
    }
  },
  DESCRIPTION("model/1/assets.extra/denoiser.pbtxt") {
    @Override
    void writeGood(Path folder) throws IOException {
      writeModel(folder);
    }

    @Override
    void read(Path folder) {
      Configs.read(folder.resolve(file()), DenoiserInfo.getDefaultInstance(), List.of());
      NamedModel.openToDraw(folder.resolve("model"), java.util.Optional.empty());
    }
  },
  METRICS(
      "metrics.jsonl",
      file -> Files.writeString(file, "{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":\"NaN\"}\n"),
      Metrics::read),
  RECORD("record.json") {
    @Override
    void writeGood(Path folder) throws IOException {
      Files.writeString(
          folder.resolve(file()),
          "{\"program\": \"fdistill 1\", \"command_line\": [\"train\"], \"steps_planned\": [10]}");
    }

    @Override
    void read(Path folder) {
      RecordFile record = RecordFile.read(folder.resolve(file()));
      record.run();
      record.stepsPlanned();
      record.texts("command_line");
    }
  },
  JSON_REQUEST("request.json") {
    @Override
    void writeGood(Path folder) throws IOException {
      Files.writeString(
          folder.resolve(file()),
          "{\"inputs\": {\"seed\": [1, 2], \"text\": [\"a\", {\"b64\": \"YQ==\"}]}}");
    }

    @Override
    void read(Path folder) throws IOException {
      TensorInfo seed = TensorInfo.newBuilder().setDtype(DataType.DT_INT64).build();
      TensorInfo text = TensorInfo.newBuilder().setDtype(DataType.DT_STRING).build();
      String body = new String(Files.readAllBytes(folder.resolve(file())), StandardCharsets.UTF_8);
      JsonRequest.read(body, (name, given) -> Map.of("seed", seed, "text", text));
    }
  },
  PROTOBUF_REQUEST("request.pb", MoreFiles::request, MoreFiles::readRequest),
  RECORDS("records", MoreFiles::records, MoreFiles::readRecords),
  CLASSES("images.classes.txt", ArchivedFiles::classes, ArchivedFiles::readClasses),
  NPZ("images.npz", ArchivedFiles::npz, file -> look(images(file))),
  ZIP("pictures.zip", ArchivedFiles::zip, file -> look(images(file))),
  TAR("pictures.tar", ArchivedFiles::tar, file -> look(images(file))),
  TAR_GZIP("pictures.tar.gz", ArchivedFiles::tarGzip, file -> look(images(file))),
  MOMENTS("moments.npz", ArchivedFiles::moments, PublishedMoments::read),
  DATASET_JSON(
      "edm/dataset.json", ArchivedFiles::datasetJson, file -> look(images(file.getParent()))),
  TOKENIZER_JSON(
      "whole/tokenizer.json",
      ArchivedFiles::wholeTokenizer,
      file -> TokenizerFiles.read(file.getParent()).row("a cat")),
  SHARD_INDEX(
      "sharded/model.safetensors.index.json",
      ArchivedFiles::sharded,
      file -> ForeignFiles.look(file.getParent())),
  MODELS_CONFIG("served/models.config", ArchivedFiles::modelsConfig, ServingFiles::look),
  BATCHING("served/batching_parameters.pbtxt", ArchivedFiles::batching, ServingFiles::look),
  TABLE("table.npy", MoreFiles::table, MoreFiles::readTable),
  FROZEN("frozen.pb", MoreFiles::frozen, MoreFiles::readModel),
  OBJECTS(
      "objects/variables/variables.data-00000-of-00001",
      MoreFiles::objects,
      file -> MoreFiles.readModel(file.resolve("../.."))),
  ONNX("net.onnx", MoreFiles::onnx, ForeignFiles::lookAtOnnx),
  CIFAR("cifar/data_batch_1", MoreFiles::cifar, file -> look(images(file.getParent()))),
  SAFETENSORS("a.safetensors", MoreFiles.copied("ok.safetensors"), ForeignFiles::look),
  PICKLE("a.pkl", MoreFiles.copied("ok-mini.pkl"), ForeignFiles::look),
  TORCH("a.pt", MoreFiles.copied("ok-zip.pt"), ForeignFiles::look),
  TORCH_LEGACY("legacy.pt", MoreFiles.copied("ok-legacy.pt"), ForeignFiles::look),
  SHARDS(
      "m/model.safetensors.index.json", MoreFiles::shards, f -> ForeignFiles.look(f.getParent())),
  DIFFUSERS(
      "unet/config.json", MoreFiles::diffusers, f -> ForeignFiles.lookAtFolder(f.getParent())),
  ARRAYS("images.npz", MoreFiles::arrays, file -> look(images(file))),
  PICTURES("images.zip", MoreFiles::pictures, file -> look(images(file))),
  DATASET("edm/dataset.json", MoreFiles::dataset, file -> look(images(file.getParent())));

  /** What is done with a file. */
  interface Use {
    void of(Path file) throws IOException;
  }

  private final String file;
  private final Use good;
  private final Use reading;

  Readers(String file) {
    this(file, path -> {}, path -> {});
  }

  /** Of constants that say no more than that. */
  Readers(String file, Use good, Use reading) {
    this.file = file;
    this.good = good;
    this.reading = reading;
  }

  /** What it reads, below a folder. */
  String file() {
    return file;
  }

  /** Writes a file that can be read, with what stands beside it. */
  void writeGood(Path folder) throws IOException {
    good.of(folder.resolve(file));
  }

  /** Reads it; what is wrong with it is told as {@code InputException} or {@code ApiException}. */
  void read(Path folder) throws IOException {
    reading.of(folder.resolve(file));
  }

  private static ImageSource images(Path path) {
    return ImageSources.open(path, Split.TRAIN);
  }

  private static void look(ImageSource images) {
    float[] values = new float[images.valuesPerImage()];
    for (long i = 0; i < Math.min(3, images.size()); i++) {
      images.copy(i, values, 0);
      images.label(i);
    }
  }

  private static void writeModel(Path folder) throws IOException {
    NetworkConfig.Builder config = NetworkConfig.newBuilder().setClasses(3);
    config.getImageBuilder().setHeight(4).setWidth(4).setChannels(1);
    config.getUnetBuilder().setChannels(4).addMultiplier(1).setGroupChannels(4).setBlocks(1);
    Path version = folder.resolve("model/1");
    if (!Files.exists(version)) {
      NamedModel.write(Networks.denoiser(config.build(), 1), version, f -> {});
    }
  }

  static void writePicture(Path file, String format) throws IOException {
    Files.createDirectories(file.getParent());
    BufferedImage picture = new BufferedImage(5, 4, BufferedImage.TYPE_INT_RGB);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(picture, format, bytes);
    Files.write(file, bytes.toByteArray());
  }
}
