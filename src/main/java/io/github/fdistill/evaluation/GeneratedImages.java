package io.github.fdistill.evaluation;

import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.data.Images;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.sampling.Samples;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongConsumer;

/** Images that a model draws: image i from seed i, under the conditions one after another. */
public final class GeneratedImages implements ImageSet {
  /** Drawn at once: enough for every lane of a sampler. */
  private static final int ROWS = 200;

  private final String name;
  private final String which;
  private final StudentModel model;
  private final ConditionRows conditions;
  private final Optional<String> words;
  private final ClassNames names;
  private final String method;
  private final Sampler sampler;
  private long drawn;
  private long nanos;

  /**
   * @param which what tells the model from all others, such as a hash
   * @param asked image i is drawn under condition i modulo their number
   * @param method of sampling, as "one evaluation"
   * @param sampler closed with this
   */
  public GeneratedImages(
      String name,
      String which,
      StudentModel model,
      ClassMix.Asked asked,
      String method,
      Sampler sampler) {
    this.name = name;
    this.which = which;
    this.model = model;
    this.conditions = asked.conditions();
    this.words = asked.words();
    this.names = asked.names();
    this.method = method;
    this.sampler = sampler;
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
  public Seen see(FeatureNetwork network, long first, int count, LongConsumer done) {
    float[] features = new float[Math.multiplyExact(count, network.dimension())];
    int k = network.classes().orElse(0);
    float[] logits = new float[Math.multiplyExact(count, k)];
    for (int from = 0; from < count; from += ROWS) {
      int rows = Math.min(ROWS, count - from);
      Seen part = network.see(name, draw(first + from, rows));
      System.arraycopy(
          part.features().values(), 0, features, from * network.dimension(), part(rows, network));
      if (k > 0) {
        float[] values = part.logits().orElseThrow().values();
        System.arraycopy(values, 0, logits, from * k, values.length);
      }
      done.accept(from + rows);
    }
    return new Seen(
        new Features(name, network.dimension(), features),
        k > 0 ? Optional.of(new Features(name, k, logits)) : Optional.empty());
  }

  private static int part(int rows, FeatureNetwork network) {
    return rows * network.dimension();
  }

  private Images draw(long first, int count) {
    long[] seeds = new long[count];
    Arrays.setAll(seeds, i -> first + i);
    long start = System.nanoTime();
    float[] values = sampler.draw(seeds, conditionsOf(first, count));
    if (first > 0) { // The first batch prepares the graph.
      nanos += System.nanoTime() - start;
      drawn += count;
    }
    return new Samples(values, model.image()).images();
  }

  private ConditionRows conditionsOf(long first, int count) {
    int[] which = new int[count];
    Arrays.setAll(which, i -> (int) ((first + i) % conditions.count()));
    return conditions.rows(which);
  }

  @Override
  public Optional<int[]> labels(long first, int count) {
    return conditionsOf(first, count).labels();
  }

  @Override
  public ClassNames classNames() {
    return names;
  }

  @Override
  public Optional<String> asked() {
    return words;
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
  }
}
