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

/**
 * Images that a model draws: image i from seed i, under the conditions one after another. Latents
 * are decoded.
 */
public final class GeneratedImages implements ImageSet {
  /** Drawn at once: enough for every lane of a sampler. */
  static final int ROWS = 200;

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
    for (int from = 0; from < count; from += ROWS) {
      int rows = Math.min(ROWS, count - from);
      Images drawn = draw(first + from, rows);
      for (Collected one : all) {
        one.see(drawn, from);
      }
      done.accept(from + rows);
    }
    return all.stream().map(Collected::all).toList();
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

  private Images draw(long first, int count) {
    long[] seeds = new long[count];
    Arrays.setAll(seeds, i -> first + i);
    ConditionRows conditions = asked.conditions(first, count);
    long start = System.nanoTime();
    float[] values = sampler.draw(seeds, conditions);
    if (first > 0) { // The first batch prepares the graph.
      nanos += System.nanoTime() - start;
      drawn += count;
    }
    return new Samples(values, model.image()).decoded(decoder).images();
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
