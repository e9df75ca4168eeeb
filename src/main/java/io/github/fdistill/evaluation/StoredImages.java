package io.github.fdistill.evaluation;

import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Shuffle;
import java.util.ArrayList;
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

  /** Which image on disk has a number here. */
  private long at(long number) {
    return new Shuffle(source.size(), ORDER).at(number);
  }

  @Override
  public List<Seen> see(List<FeatureNetwork> networks, long first, int count, LongConsumer done) {
    int eyes = networks.size();
    List<Seen> all = new ArrayList<>();
    for (FeatureNetwork network : networks) {
      long before = (long) all.size() * count;
      LongConsumer share = n -> done.accept((before + n) / eyes);
      all.add(network.see(name, new From(this, first), count, share));
    }
    return all;
  }

  @Override
  public Optional<int[]> labels(long first, int count) {
    if (source.classes() < 2) {
      return Optional.empty();
    }
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = source.label(at(first + i));
    }
    return Optional.of(labels);
  }

  /** The first caption of each. */
  @Override
  public Optional<List<String>> texts(long first, int count) {
    List<String> texts = new ArrayList<>();
    for (long i = first; i < first + count; i++) {
      List<String> captions = source.captions(at(i));
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

  /** The images from one on. */
  private record From(StoredImages all, long first) implements ImageSource {
    private ImageSource source() {
      return all.source;
    }

    @Override
    public long size() {
      return source().size() - first;
    }

    @Override
    public int height() {
      return source().height();
    }

    @Override
    public int width() {
      return source().width();
    }

    @Override
    public int channels() {
      return source().channels();
    }

    @Override
    public int classes() {
      return source().classes();
    }

    @Override
    public int label(long index) {
      return source().label(all.at(first + index));
    }

    @Override
    public Conditioning conditioning() {
      return source().conditioning();
    }

    @Override
    public void copyCondition(long index, ConditionRows into, int row) {
      source().copyCondition(all.at(first + index), into, row);
    }

    @Override
    public void copy(long index, float[] into, int offset) {
      source().copy(all.at(first + index), into, offset);
    }

    @Override
    public String fingerprint() {
      return source().fingerprint();
    }
  }
}
