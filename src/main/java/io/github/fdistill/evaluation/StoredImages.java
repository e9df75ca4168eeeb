package io.github.fdistill.evaluation;

import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Shuffle;
import io.github.fdistill.data.SomeImages;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Images that are on disk, in an order by chance that is always the same: pictures lie class after
 * class, and a part of them is to be a sample of all.
 */
public record StoredImages(String name, ImageSource source) implements ImageSet {
  private static final long ORDER = 0;

  @Override
  public String identity(long first, int count) {
    boolean all = first == 0 && count == source.size();
    return source.identity() + (all ? "" : " shuffled " + first + " to " + (first + count - 1));
  }

  /** Which images on disk have these numbers here. */
  private int[] which(long first, int count) {
    Shuffle order = new Shuffle(source.size(), ORDER);
    int[] which = new int[count];
    Arrays.setAll(which, i -> Math.toIntExact(order.at(first + i)));
    return which;
  }

  @Override
  public List<Seen> see(List<FeatureNetwork> networks, long first, int count, LongConsumer done) {
    int eyes = networks.size();
    ImageSource images = new SomeImages(source, which(first, count));
    List<Seen> all = new ArrayList<>();
    for (FeatureNetwork network : networks) {
      long before = (long) all.size() * count;
      LongConsumer share = n -> done.accept((before + n) / eyes);
      all.add(network.see(name, images, count, share));
    }
    return all;
  }

  @Override
  public Optional<int[]> labels(long first, int count) {
    return source.saysClasses()
        ? Optional.of(Arrays.stream(which(first, count)).map(source::label).toArray())
        : Optional.empty();
  }

  @Override
  public int classes() {
    return source.classes();
  }

  /** The first caption of each. */
  @Override
  public Optional<List<String>> texts(long first, int count) {
    List<String> texts = new ArrayList<>();
    for (int i : which(first, count)) {
      List<String> captions = source.captions(i);
      if (captions.isEmpty()) {
        return Optional.empty();
      }
      texts.add(captions.get(0));
    }
    return Optional.of(texts);
  }

  @Override
  public ClassNames classNames() {
    return new ClassNames(source.classNames());
  }

  @Override
  public Optional<Long> size() {
    return Optional.of(source.size());
  }

  @Override
  public Optional<Double> speed() {
    return Optional.empty();
  }
}
