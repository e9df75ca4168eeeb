package io.github.fdistill.evaluation;

import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.data.Images;
import io.github.fdistill.network.LatentDecoder;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.sampling.Samples;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.tensorflow.ndarray.Shape;

/**
 * Images that a model draws: image i from seed i, under the conditions one after another. Latents
 * are decoded.
 */
public final class GeneratedImages implements ImageSet {
  /**
   * Drawn at once, at most: enough for every lane of a sampler. A block never crosses a multiple of
   * 200, because workers divide images at multiples of 200.
   */
  static final int ROWS = 200;

  /** Of images that are held at a time, at most: those of 200 of 256x256x3. */
  private static final long VALUES = ROWS * 256 * 256 * 3;

  private final long values;
  private final String name;
  private final String which;
  private final StudentModel model;
  private final Asked asked;
  private final String method;
  private final Sampler sampler;
  private final Optional<LatentDecoder> decoder;
  private long drawn;
  private long nanos;

  /**
   * @param which what tells the model from all others, such as a hash
   * @param asked image i is drawn under condition i modulo their number; closed with this
   * @param method of sampling, as "one evaluation"
   * @param sampler closed with this
   * @throws io.github.fdistill.InputException when the model's decoder of latents cannot be read
   */
  public GeneratedImages(
      String name, String which, StudentModel model, Asked asked, String method, Sampler sampler) {
    this(name, which, model, asked, method, sampler, VALUES);
  }

  /**
   * @param values of images that are held at a time, at most, but for one image
   */
  GeneratedImages(
      String name,
      String which,
      StudentModel model,
      Asked asked,
      String method,
      Sampler sampler,
      long values) {
    this.values = values;
    this.name = name;
    this.which = which;
    this.model = model;
    this.asked = asked;
    this.method = method;
    this.sampler = sampler;
    try {
      this.decoder = Samples.openDecoder(model);
    } catch (RuntimeException e) {
      sampler.close();
      asked.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return name + " (" + method + ")";
  }

  @Override
  public String identity(long first, int count) {
    return which + " " + method + ", seeds " + first + " to " + (first + count - 1);
  }

  @Override
  public List<Seen> see(List<FeatureNetwork> networks, long first, int count, LongConsumer done) {
    List<Collected> all = networks.stream().map(n -> new Collected(n, name, count)).toList();
    int most = atOnce(model.image(), values);
    int from = 0;
    while (from < count) {
      int rows = Math.min(Math.min(most, ROWS - from % ROWS), count - from);
      draw(first + from, rows, all, from, done);
      from += rows;
    }
    return all.stream().map(Collected::all).toList();
  }

  /** How many images [H,W,C], or latents, are held at a time: of large ones fewer. */
  private static int atOnce(Shape image, long values) {
    return (int) Math.max(1, Math.min(ROWS, values / image.size()));
  }

  /**
   * What is held in Java's memory of images [H,W,C] while they are drawn and seen, about, in bytes:
   * what they were drawn as, pieces of them and the whole, a network's part, and two of bytes.
   */
  static long bytes(Shape image) {
    return atOnce(image, VALUES) * image.size() * (4 * Float.BYTES + 2);
  }

  /** What one network has seen so far. */
  private record Collected(FeatureNetwork network, String name, float[] features, float[] logits) {
    Collected(FeatureNetwork network, String name, int count) {
      this(
          network,
          name,
          new float[Math.multiplyExact(count, network.dimension())],
          new float[Math.multiplyExact(count, network.classes().orElse(0))]);
    }

    void see(Images images, int from) {
      Seen part = network.see(name, images);
      put(part.features(), from, features);
      part.logits().ifPresent(some -> put(some, from, logits));
    }

    private static void put(Features part, int from, float[] into) {
      float[] values = part.values();
      System.arraycopy(values, 0, into, from * part.dimension(), values.length);
    }

    Seen all() {
      return new Seen(
          new Features(name, network.dimension(), features),
          network.classes().isPresent()
              ? Optional.of(new Features(name, network.classes().getAsInt(), logits))
              : Optional.empty());
    }
  }

  /** Draws some, decodes them piece by piece where they are latents, and has them seen. */
  private void draw(long first, int count, List<Collected> by, int from, LongConsumer done) {
    long[] seeds = new long[count];
    Arrays.setAll(seeds, i -> first + i);
    ConditionRows conditions = asked.conditions(first, count);
    long before = System.nanoTime();
    Samples all = new Samples(sampler.draw(seeds, conditions), model.image());
    long taken = System.nanoTime() - before;
    Shape image = decoder.map(LatentDecoder::image).orElse(model.image());
    int most = Math.min(count, atOnce(image, values));
    for (int i = 0; i < count; i += most) {
      int rows = Math.min(most, count - i);
      before = System.nanoTime();
      Images shown = all.some(i, rows).decoded(decoder).images();
      taken += System.nanoTime() - before;
      for (Collected one : by) {
        one.see(shown, from + i);
      }
      done.accept(from + i + rows);
    }
    if (first > 0) { // The first batch prepares the graph.
      nanos += taken;
      drawn += count;
    }
  }

  @Override
  public Optional<int[]> labels(long first, int count) {
    return asked.labels(first, count);
  }

  @Override
  public int classes() {
    return 1 + Arrays.stream(asked.labels().orElse(new int[0])).max().orElse(-1);
  }

  @Override
  public ClassNames classNames() {
    return asked.names();
  }

  @Override
  public Optional<List<String>> texts(long first, int count) {
    return asked.texts(first, count);
  }

  @Override
  public Optional<String> asked() {
    return asked.words();
  }

  @Override
  public Optional<Long> size() {
    return Optional.empty();
  }

  @Override
  public Optional<Double> speed() {
    return nanos > 0 ? Optional.of(drawn / (nanos / 1e9)) : Optional.empty();
  }

  @Override
  public void close() {
    sampler.close();
    asked.close();
    decoder.ifPresent(LatentDecoder::close);
  }
}
