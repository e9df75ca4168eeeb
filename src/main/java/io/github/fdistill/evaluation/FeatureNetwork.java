package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.data.ClassesFile;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Images;
import io.github.fdistill.device.Lanes;
import io.github.fdistill.device.Natives;
import io.github.fdistill.device.RunFailure;
import io.github.fdistill.device.SessionRuns;
import io.github.fdistill.device.SideBySide;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.network.LoadedNetwork;
import io.github.fdistill.network.TrainedClasses;
import io.github.fdistill.savedmodel.ModelFolder;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.TensorBundle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * A network that turns images into features, from a SavedModel with the signature
 *
 * <pre>
 * features:  images [N,H,W,C] uint8  -&gt;  features [N,d] float32, logits [N,K] float32 (optional)
 * </pre>
 *
 * N is free, the rest fixed. Scaling and resizing are the network's own: it gets the bytes as they
 * are. Like any model it may come from anywhere: it is what {@link SavedModel#function} takes.
 */
public final class FeatureNetwork implements AutoCloseable {
  /** Images that the network sees at once, at most. */
  private static final int ROWS = 100;

  /** Their values, at most, but for one image, which may have more: those of 100 of 256x256x3. */
  private static final int VALUES = ROWS * 256 * 256 * 3;

  private final FeatureContract contract;
  private final String sha256;
  private final ClassNames classNames;
  private final Optional<TextMatch> textMatch;
  private final LoadedNetwork loaded = new LoadedNetwork();
  private final SideBySide sideBySide = new SideBySide(loaded.graph());
  private final Placeholder<TUint8> images;
  private final List<Output<?>> outputs = new ArrayList<>();
  private final Session session;

  private FeatureNetwork(SavedModel model, FeatureContract contract, String sha256) {
    this.contract = contract;
    this.sha256 = sha256;
    this.classNames = classNames(model.folder(), contract.classes().orElse(0));
    this.textMatch = TextMatch.of(model);
    try {
      NetworkFunction function = model.function(FeatureContract.SIGNATURE);
      Ops tf = loaded.tf();
      images = tf.placeholder(TUint8.class, Placeholder.shape(contract.images()));
      Expr weights = loaded.vector(model.weights(function.parameters()));
      Map<String, Output<?>> seen =
          function.call(
              tf,
              "network",
              Map.of(FeatureContract.IMAGES, images),
              function.parameters().split(tf, weights));
      outputs.add(seen.get(FeatureContract.FEATURES));
      if (classes().isPresent()) {
        outputs.add(seen.get(FeatureContract.LOGITS));
      }
      session = loaded.open();
    } catch (RuntimeException e) {
      loaded.close();
      throw e;
    }
  }

  /**
   * Loads one and tries it on a black image; the caller closes it.
   *
   * @param path a version folder, or a model's folder, whose newest version is taken
   * @throws InputException if it is no SavedModel, cannot be loaded or run, or breaks the contract
   */
  public static FeatureNetwork load(Path path) {
    SavedModel model = SavedModel.read(path);
    FeatureContract contract = FeatureContract.of(model);
    FeatureNetwork network;
    try {
      network = new FeatureNetwork(model, contract, sha256(model));
    } catch (TensorFlowException e) {
      throw unusable(model.folder(), "cannot be loaded: " + RunFailure.reason(e), e);
    }
    try {
      network.tryOut();
      return network;
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  /** The {@link #sha256() SHA-256} of one that is not loaded; refuses what cannot be read. */
  public static String sha256(Path path) {
    return sha256(SavedModel.read(path));
  }

  private static String sha256(SavedModel model) {
    try {
      return Sha256.ofFolder(model.folder());
    } catch (IOException e) {
      throw unusable(model.folder(), "cannot be loaded: " + RunFailure.reason(e), e);
    }
  }

  private static ClassNames classNames(Path folder, int classes) {
    List<String> own = ClassesFile.read(ModelFolder.file(folder, "assets.extra", ClassesFile.NAME));
    return new ClassNames(own.size() == classes ? own : TrainedClasses.of(folder, classes));
  }

  /** A model whose shapes are not as they seem fails here. */
  private void tryOut() {
    new Collector("one black image", 1).add(0, new byte[contract.valuesPerImage()]);
  }

  private static InputException unusable(Path folder, String found, Exception cause) {
    return new InputException(
        folder.toString(),
        found,
        "a whole SavedModel of ops that TensorFlow " + Natives.version() + " has",
        "run it once where it was made, and export or copy it again",
        cause);
  }

  /** SHA-256 of the SavedModel's folder. */
  public String sha256() {
    return sha256;
  }

  public int height() {
    return contract.height();
  }

  public int width() {
    return contract.width();
  }

  public int channels() {
    return contract.channels();
  }

  /** The shape of an image, [H,W,C]. */
  Shape image() {
    return contract.image();
  }

  /** How many images it sees at once, at most: of large ones fewer. */
  private int rows() {
    return Math.max(1, Math.min(ROWS, VALUES / contract.valuesPerImage()));
  }

  /** d, the length of a feature vector. */
  public int dimension() {
    return contract.dimension();
  }

  /** K, the number of logits; empty where there are none. */
  public OptionalInt classes() {
    return contract.classes();
  }

  /** What its classes are called; its folder says so, or the dataset that it was trained on. */
  public ClassNames classNames() {
    return classNames;
  }

  /** Whether it can tell how well images fit texts. */
  public boolean comparesTexts() {
    return textMatch.isPresent();
  }

  /** How well images fit texts, where it has an encoder of texts too. */
  Optional<TextMatch> textMatch() {
    return textMatch;
  }

  /** Whether the classes of some images are among those that it knows, or it knows none at all. */
  public boolean knows(ImageSet images) {
    return classes().isEmpty() || known(images).isPresent();
  }

  /** Its label by that of some images: of the same name, or the same where there are no names. */
  private Optional<int[]> known(ImageSet images) {
    int count = classes().orElse(0);
    ClassNames.Compared compared = images.classNames().with(images.classes(), classNames, count);
    if (compared.isNoClass()) {
      return Optional.empty();
    }
    if (compared.named()) {
      return compared.labels();
    }
    return images.classes() <= count
        ? Optional.of(IntStream.range(0, images.classes()).toArray())
        : Optional.empty();
  }

  /**
   * The classes of some images as its logits number them: those of the same names.
   *
   * @return none where they are not known, or others than its own
   */
  Optional<int[]> labels(ImageSet images, long first, int count) {
    Optional<int[]> known = known(images);
    return known.flatMap(
        own ->
            images
                .labels(first, count)
                .map(labels -> Arrays.stream(labels).map(k -> own[k]).toArray()));
  }

  /**
   * The fingerprint of images that are given to this network.
   *
   * @param images which: see {@link Fingerprint}
   * @param preprocessing what was done to them before, as "none"
   */
  public Fingerprint fingerprint(String images, long count, String preprocessing) {
    return new Fingerprint(sha256, images, count, preprocessing);
  }

  /**
   * Refuses images of another size; nothing is ever resized silently.
   *
   * @param where the images' file, folder or dataset
   * @throws InputException if the network does not take them
   */
  public void requireSize(String where, int height, int width, int channels) {
    contract.requireSize(where, Shape.of(height, width, channels));
  }

  /**
   * @param image [H,W,C]
   * @param remedy for another size
   */
  void requireSize(String where, Shape image, String remedy) {
    contract.requireSize(where, image, remedy);
  }

  /**
   * Looks at images in batches.
   *
   * @param name whose they are, for messages
   * @param images [n,H,W,C] in C order
   * @throws InputException if the network fails on them, or gives a NaN
   */
  public Seen see(String name, byte[] images) {
    int size = contract.valuesPerImage();
    if (images.length % size != 0) {
      throw new IllegalArgumentException(images.length + " bytes, images of " + size);
    }
    int count = images.length / size;
    Collector seen = new Collector(name, count);
    Lanes.inBlocks(
        count,
        rows(),
        (from, to) -> seen.add(from, Arrays.copyOfRange(images, from * size, to * size)));
    return seen.all();
  }

  /**
   * Looks at images in data units, as bytes.
   *
   * @throws InputException for images of another size, or if one holds a NaN or an infinity
   */
  public Seen see(String name, Images images) {
    requireSize(name, images.height(), images.width(), images.channels());
    requireNumbers(name, images);
    return see(name, images.bytes());
  }

  /**
   * Looks at the first images of a source, reading a few at a time.
   *
   * @param count how many, at most as many as there are
   * @param done is told how many images are done
   * @throws InputException for images of another size
   */
  public Seen see(String name, ImageSource source, int count, LongConsumer done) {
    requireSize(name, source.height(), source.width(), source.channels());
    int size = source.valuesPerImage();
    Collector seen = new Collector(name, count);
    Lanes.inBlocks(
        count,
        rows(),
        (from, to) -> {
          int rows = to - from;
          float[] values = new float[rows * size];
          for (int i = 0; i < rows; i++) {
            source.copy(from + i, values, i * size);
          }
          seen.add(from, new Images(values, height(), width(), channels()).bytes());
        },
        done);
    return seen.all();
  }

  private static void requireNumbers(String name, Images images) {
    int size = images.height() * images.width() * images.channels();
    for (int i = 0; i < images.values().length; i++) {
      if (!Float.isFinite(images.values()[i])) {
        throw new InputException(
            name,
            "image " + i / size + " has the value " + images.values()[i],
            "finite numbers",
            "the generator has diverged: take an earlier checkpoint, or train at a lower rate");
      }
    }
  }

  /** Gathers what the network says, batch by batch, each with rows of its own. */
  private final class Collector {
    private final String name;
    private final float[] features;
    private final float[] logits;

    Collector(String name, int count) {
      this.name = name;
      features = Features.room(name, count, dimension());
      logits = Features.room(name, count, classes().orElse(0));
    }

    void add(int from, byte[] pixels) {
      int rows = pixels.length / contract.valuesPerImage();
      Shape shape = Shape.of(rows, height(), width(), channels());
      try (Tensor bytes = TUint8.tensorOf(shape, DataBuffers.of(pixels, true, false))) {
        Session.Runner runner = session.runner().feed(images, bytes);
        outputs.forEach(runner::fetch);
        try (Result result = sideBySide.run(SessionRuns.PLAIN, runner)) {
          put(result.get(0), from, rows, dimension(), features);
          if (classes().isPresent()) {
            put(result.get(1), from, rows, classes().getAsInt(), logits);
          }
        }
      } catch (RuntimeException e) {
        String where =
            contract.folder() + ", signature " + FeatureContract.SIGNATURE + ", on " + name;
        throw RunFailure.isOne(e) ? RunFailure.of(where, loaded.graph(), "network/", e) : e;
      }
    }

    private void put(Tensor given, int from, int rows, int width, float[] into) {
      if (!given.shape().equals(Shape.of(rows, width))) {
        throw new InputException(
            contract.folder().toString(),
            "gives " + given.shape() + " for " + rows + " images",
            "[" + rows + ", " + width + "], as its signature says",
            "export the model again");
      }
      float[] values = TensorBundle.floats((TFloat32) given);
      System.arraycopy(values, 0, into, from * width, values.length);
    }

    Seen all() {
      Features seen = new Features(name, dimension(), features);
      return new Seen(
          seen,
          classes().isPresent()
              ? Optional.of(new Features(name, classes().getAsInt(), logits))
              : Optional.empty());
    }
  }

  @Override
  public void close() {
    textMatch.ifPresent(TextMatch::close);
    loaded.close();
  }
}
