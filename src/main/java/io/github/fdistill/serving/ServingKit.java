package io.github.fdistill.serving;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.Precision;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.wire.BatchingParameters;
import io.github.fdistill.wire.ModelConfig;
import io.github.fdistill.wire.ModelServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.logging.log4j.Logger;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/**
 * All that a server needs of a student: a version with its warm-up requests, and beside the
 * versions what TensorFlow Serving is started with.
 *
 * @param student what is served
 * @param form how
 * @param model the folder of the versions, whose name is the model's
 * @param label of the new version, such as stable
 */
public record ServingKit(StudentModel student, ServedForm form, Path model, String label) {
  private static final Logger LOG = Logs.of(ServingKit.class);

  /** Of Java's memory for one thing a saved_model.pb has a fourth, and of that a graph a fourth. */
  private static final int FOURTH = 4;

  private static final String BATCHING = "batching_parameters.pbtxt";

  /** A student in bfloat16 differs by less where it draws the same images. */
  private static final float SAME_IMAGE = 1;

  /** Seconds for each size of batches. */
  private static final double SECONDS = 0.1;

  /**
   * What came of it.
   *
   * @param difference the largest between a value of the served student's images and the float32
   *     student's, in data units
   * @param before the rows of the largest batch by the batching_parameters.pbtxt that was there,
   *     where it gave batches other sizes, which a TensorFlow Serving that runs goes on with
   * @param most the same by the one that is there now
   * @param patience that servers need with it and the versions beside it
   */
  public record Written(
      Path version,
      float difference,
      Throughput throughput,
      OptionalLong before,
      long most,
      Patience patience) {}

  /** What else is to stand in the version. */
  @FunctionalInterface
  public interface More {
    void writeTo(Path folder, float difference, Throughput throughput) throws IOException;
  }

  /**
   * Refuses weights as constants that {@code saved_model.pb} has no room for: it is read whole,
   * here and by servers, and three quarters of what may be read are left to them.
   *
   * @throws InputException with what they take, and what may be
   */
  public void requireRoom() {
    if (form.constants()) {
      requireRoom(StudentExport.bytes(student, form), Heap.most());
    }
  }

  /**
   * The same of so many bytes.
   *
   * @param heap the most that one thing may take of Java's memory
   */
  static void requireRoom(long bytes, long heap) {
    long most = FileKind.SAVED_MODEL.mostBytes();
    long here = Math.min(most, heap / FOURTH);
    if (bytes > here - here / FOURTH) {
      long gigabytes = bytes * FOURTH / 3 * FOURTH * 2 / (1L << 30) + 1;
      boolean ever = bytes <= most - most / FOURTH;
      throw new InputException(
          "--constants",
          bytes / 1_000_000 + " MB of weights, which would stand in saved_model.pb",
          "at most " + (here - here / FOURTH) / 1_000_000 + " MB: that file is read whole",
          "export without --constants"
              + (ever
                  ? ", or let Java use more: export FDISTILL_JAVA_FLAGS=-Xmx" + gigabytes + "g"
                  : ""));
    }
  }

  /**
   * Writes the kit. A server that watches the folder never sees half a version: it is written
   * beside, checked, measured and renamed; then come the files beside it.
   *
   * @param expected images of the float32 student
   * @throws InputException when there is something of the version's name, or what is there is
   *     malformed, or versions that stay take batches of another fixed size
   * @throws IllegalStateException when the images differ from those expected; nothing is written
   */
  public Written write(Expected expected, More more) throws IOException {
    Path version = SavedModel.nextVersion(model);
    long number = SavedModel.number(version);
    String name = model.toAbsolutePath().normalize().getFileName().toString();
    Map<String, Path> beside =
        beside(VersionLabels.with(model, name, label, number, this::tellLeftOut), number);
    requireSameRows(beside);
    Optional<BatchingParameters> before = batching();
    BatchingParameters theirs = // What versions that stay are served with, where some stay.
        before.filter(there -> !beside.isEmpty()).orElse(BatchingParameters.getDefaultInstance());
    Asked asked = Asked.of(student, form);
    Written[] written = {null};
    AtomicFolder.write(
        version,
        folder -> {
          StudentExport.write(student, form, asked, folder);
          float difference;
          Throughput throughput;
          try (SavedModelBundle served = Sessions.load(folder)) { // Once: it may be large.
            difference = requireSame(expected, served, asked);
            throughput =
                ServingTimes.measure(served, student, asked.conditioning(), form.rows(), SECONDS)
                    .noFewerThan(before.map(ServingKit::mostRows).orElse(0L));
          }
          WarmUpRequests.write(
              folder,
              name,
              SavedModel.read(folder).metaGraph().getSignatureDefMap(),
              throughput.sizes(),
              asked.examples().orElse(expected.conditions()));
          more.writeTo(folder, difference, throughput);
          BatchingParameters ours = throughput.batching(theirs);
          OptionalLong others =
              before.stream()
                  .filter(there -> !sameSizes(there, ours))
                  .mapToLong(ServingKit::mostRows)
                  .findFirst();
          long most = mostRows(ours);
          Patience patience = patience(throughput, beside, most);
          written[0] = new Written(version, difference, throughput, others, most, patience);
        });
    text(BATCHING, written[0].throughput().batching(theirs));
    text(VersionLabels.FILE, VersionLabels.with(model, name, label, number, told -> {}));
    Patience patience = written[0].patience();
    for (String file : KitTemplates.MANIFESTS) {
      AtomicFile.write(model.resolve(file), KitTemplates.manifest(file, name, patience));
    }
    AtomicFile.write(
        model.resolve("README.md"),
        KitReadme.text(name, student, asked, form, label, number, patience));
    return written[0];
  }

  private void tellLeftOut(String found) {
    LOG.warn("{} is written anew, without: {}", model.resolve(VersionLabels.FILE), found);
  }

  /**
   * The versions that are served beside the new one, by their labels; where all are, those without
   * one by their numbers.
   */
  private Map<String, Path> beside(ModelServerConfig served, long number) {
    ModelConfig config = served.getModelConfigList().getConfig(0);
    Map<String, Path> beside = new TreeMap<>();
    config
        .getVersionLabelsMap()
        .forEach(
            (label, other) -> {
              if (other != number) {
                beside.put(label, model.resolve(Long.toString(other)));
              }
            });
    if (config.getModelVersionPolicy().hasAll()) {
      SavedModel.versions(model).stream()
          .filter(version -> SavedModel.number(version) != number)
          .filter(version -> Files.exists(version.resolve("saved_model.pb")))
          .filter(version -> !beside.containsValue(version))
          .filter(ServingKit::isReadable)
          .forEach(version -> beside.put(version.getFileName().toString(), version));
    }
    return beside;
  }

  /** A damaged one that no label names is none that a server serves; the others go on. */
  private static boolean isReadable(Path version) {
    try {
      SavedModel.read(version);
      return true;
    } catch (InputException e) {
      LOG.warn("A version without a label is passed over: {}", e.getMessage());
      return false;
    }
  }

  /** What the versions before are served with, where a file says it. */
  private Optional<BatchingParameters> batching() {
    Path file = model.resolve(BATCHING);
    BatchingParameters none = BatchingParameters.getDefaultInstance();
    return RegularFile.isThere(file)
        ? Optional.of(Configs.readKnown(file, none, passedOver -> {}))
        : Optional.empty();
  }

  private static Patience patience(Throughput own, Map<String, Path> beside, long mostRows) {
    List<Throughput> all = new ArrayList<>(List.of(own));
    // A version may have several labels.
    new TreeSet<>(beside.values())
        .forEach(version -> RecordedThroughput.in(version).ifPresent(all::add));
    return Patience.of(all, mostRows);
  }

  private static long mostRows(BatchingParameters parameters) {
    return parameters.getMaxBatchSize().getValue();
  }

  private static boolean sameSizes(BatchingParameters one, BatchingParameters other) {
    return one.getMaxBatchSize().equals(other.getMaxBatchSize())
        && one.getAllowedBatchSizesList().equals(other.getAllowedBatchSizesList());
  }

  /**
   * Refuses other rows than those of the versions that are served beside the new one: the sizes
   * that a server fills batches up to stand in one file for all of a model's versions.
   */
  private void requireSameRows(Map<String, Path> beside) {
    for (Map.Entry<String, Path> labelled : beside.entrySet()) {
      Path version = labelled.getValue();
      SignatureDef images =
          SavedModel.read(version)
              .metaGraph()
              .getSignatureDefOrDefault("serving_default", SignatureDef.getDefaultInstance());
      TensorShapeProto seeds =
          images.getInputsOrDefault("seed", TensorInfo.getDefaultInstance()).getTensorShape();
      long rows = seeds.getDimCount() > 0 ? seeds.getDim(0).getSize() : form.rows();
      if (rows != form.rows()) {
        throw new InputException(
            version.toString(),
            "the version " + labelled.getKey() + " takes batches of " + ServedForm.rows(rows),
            "the same of every version that is served: a server has one file of batch sizes for a"
                + " model, and the new one takes batches of "
                + ServedForm.rows(form.rows()),
            (rows > 0 ? "--rows " + rows : "leave --rows out")
                + ", or give the new one a model of its own with --name");
      }
    }
  }

  private float requireSame(Expected expected, SavedModelBundle served, Asked asked) {
    float difference = expected.difference(served, form.rows());
    if (form.precision() == Precision.FLOAT32 && form.rows() < 0) {
      expected.requireRounding(difference);
    }
    if (!(difference <= SAME_IMAGE)) {
      throw new IllegalStateException(
          "the served student's images differ from the student's by "
              + difference
              + "; nothing was written");
    }
    DecodedPicture.requireSame(served, student, form, asked);
    return difference;
  }

  private void text(String file, Message message) throws IOException {
    AtomicFile.write(model.resolve(file), TextFormat.printer().printToString(message));
  }
}
