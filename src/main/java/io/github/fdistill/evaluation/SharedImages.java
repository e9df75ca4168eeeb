package io.github.fdistill.evaluation;

import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.workers.Crew;
import io.github.fdistill.workers.Order;
import io.github.fdistill.workers.Parts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Images that a model draws for several workers: each draws and sees whole batches of those that
 * one alone would, and brings what it saw to the first, so that all of it has the same bits.
 *
 * @param images as each worker has them
 * @param number of this set among those of a measurement
 * @param all networks that may see them
 */
public record SharedImages(ImageSet images, Crew crew, int number, List<FeatureNetwork> all)
    implements ImageSet {

  /** In place of the number of a network: all of them. */
  private static final byte ALL = -1;

  public SharedImages {
    all = List.copyOf(all);
  }

  /** The first worker's: of all workers. */
  @Override
  public List<Seen> see(List<FeatureNetwork> networks, long first, int count, LongConsumer done) {
    byte which = networks.size() == all.size() ? ALL : (byte) all.indexOf(networks.get(0));
    byte[] body = {(byte) number, which, (byte) Sessions.lanesOfBlocks()};
    crew.order(new Order(Order.Kind.DRAW, new long[] {first, count}, body));
    List<Seen> mine = part(networks, first, count, done);
    Parts parts = parts(count);
    List<Seen> seen = new ArrayList<>();
    List<float[]> features = new ArrayList<>();
    List<Optional<float[]>> logits = new ArrayList<>();
    for (Seen one : mine) {
      features.add(grown(one.features(), count));
      logits.add(one.logits().map(some -> grown(some, count)));
    }
    for (int worker = 1; worker < crew.workers(); worker++) {
      for (int i = 0; i < mine.size(); i++) {
        fetch(worker, parts, features.get(i), count);
        if (logits.get(i).isPresent()) {
          fetch(worker, parts, logits.get(i).get(), count);
        }
      }
    }
    for (int i = 0; i < mine.size(); i++) {
      Features of = mine.get(i).features();
      Optional<Features> scores = mine.get(i).logits();
      float[] some = logits.get(i).orElse(new float[0]);
      seen.add(
          new Seen(
              new Features(of.name(), of.dimension(), features.get(i)),
              scores.map(l -> new Features(l.name(), l.dimension(), some))));
    }
    done.accept(count);
    return seen;
  }

  private static float[] grown(Features part, int count) {
    return Arrays.copyOf(part.values(), Math.multiplyExact(count, part.dimension()));
  }

  private void fetch(int worker, Parts parts, float[] into, int count) {
    int dimension = into.length / count;
    crew.fetch(worker, into, parts.begin(worker) * dimension, parts.begin(worker + 1) * dimension);
  }

  private Parts parts(int count) {
    return new Parts(count, GeneratedImages.ROWS, crew.workers());
  }

  private List<Seen> part(List<FeatureNetwork> networks, long first, int count, LongConsumer done) {
    Parts parts = parts(count);
    int from = parts.begin(crew.worker());
    return images.see(networks, first + from, parts.count(crew.worker()), done);
  }

  /**
   * Another worker's part in a measurement: draws and sees what the first orders until it is done.
   *
   * @param sets by their numbers; those that are drawn are shared
   */
  public static void follow(Crew crew, List<? extends ImageSet> sets) {
    for (Order order = crew.ordered(); order.kind() == Order.Kind.DRAW; order = crew.ordered()) {
      byte[] body = order.body();
      Sessions.cutBlocksFor(body[2]);
      SharedImages set = (SharedImages) sets.get(body[0]);
      List<FeatureNetwork> networks = body[1] == ALL ? set.all : List.of(set.all.get(body[1]));
      long[] range = order.numbers();
      for (Seen seen : set.part(networks, range[0], Math.toIntExact(range[1]), n -> {})) {
        crew.bring(seen.features().values());
        seen.logits().ifPresent(logits -> crew.bring(logits.values()));
      }
    }
  }

  @Override
  public String name() {
    return images.name();
  }

  @Override
  public String identity(long first, int count) {
    return images.identity(first, count);
  }

  @Override
  public Optional<int[]> labels(long first, int count) {
    return images.labels(first, count);
  }

  @Override
  public int classes() {
    return images.classes();
  }

  @Override
  public ClassNames classNames() {
    return images.classNames();
  }

  @Override
  public Optional<List<String>> texts(long first, int count) {
    return images.texts(first, count);
  }

  @Override
  public Optional<String> asked() {
    return images.asked();
  }

  @Override
  public Optional<Long> size() {
    return images.size();
  }

  /** Unknown: each worker knows its own. */
  @Override
  public Optional<Double> speed() {
    return Optional.empty();
  }

  @Override
  public void close() {
    images.close();
  }
}
