package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.workers.Crew;
import io.github.fdistill.workers.Crews;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

class SharedImagesTest {
  /** On some processors the last bits depend on how many images a convolution has at once. */
  private static final float LAST_BITS = 1e-5f;

  private static final int COUNT = 450;
  private static final int FIRST = 1000;

  /** Image i is a function of i; a network of 6x5x3 sees them. */
  private record Made() implements ImageSet {
    @Override
    public List<Seen> see(List<FeatureNetwork> by, long first, int count, LongConsumer done) {
      byte[] bytes = new byte[count * 6 * 5 * 3];
      for (int i = 0; i < bytes.length; i++) {
        long at = first * 6 * 5 * 3 + i;
        bytes[i] = (byte) ((37 * at * at + 11 * at) % 256);
      }
      return by.stream().map(network -> network.see("made", bytes)).toList();
    }

    @Override
    public String name() {
      return "made";
    }

    @Override
    public String identity(long first, int count) {
      return "made " + first + " " + count;
    }

    @Override
    public Optional<int[]> labels(long first, int count) {
      return Optional.empty();
    }

    @Override
    public int classes() {
      return 0;
    }

    @Override
    public ClassNames classNames() {
      return ClassNames.NONE;
    }

    @Override
    public Optional<List<String>> texts(long first, int count) {
      return Optional.of(List.of("image " + first, count + " in all"));
    }

    @Override
    public Optional<Long> size() {
      return Optional.empty();
    }

    @Override
    public Optional<Double> speed() {
      return Optional.empty();
    }
  }

  private static List<Seen> seen(Crew crew, List<FeatureNetwork> all, List<Long> progress) {
    SharedImages images = new SharedImages(new Made(), crew, 0, all);
    assertEquals(new Made().texts(FIRST, COUNT), images.texts(FIRST, COUNT));
    List<Seen> seen = new ArrayList<>();
    if (crew.leads()) {
      seen.addAll(images.see(all, FIRST, COUNT, progress::add));
      seen.addAll(images.see(all.subList(1, 2), FIRST, COUNT, n -> {}));
      crew.end(true);
    } else {
      SharedImages.follow(crew, List.of(images));
    }
    return seen;
  }

  @Test
  void theFirstWorkerHasWhatOneWouldSeeAlone() throws Exception {
    Path folder = Path.of(SharedImagesTest.class.getResource("features-network").toURI());
    try (FeatureNetwork one = FeatureNetwork.load(folder);
        FeatureNetwork other = FeatureNetwork.load(folder)) {
      List<Seen> alone = new Made().see(List.of(one, other), FIRST, COUNT, n -> {});
      List<Long> progress = new ArrayList<>();
      List<Seen> shared = Crews.once(2, crew -> seen(crew, List.of(one, other), progress)).get(0);
      assertEquals(3, shared.size());
      for (int i = 0; i < 3; i++) {
        Seen expected = alone.get(Math.min(i, 1));
        float[] features = expected.features().values();
        assertArrayEquals(features, shared.get(i).features().values(), LAST_BITS);
        float[] logits = expected.logits().orElseThrow().values();
        assertArrayEquals(logits, shared.get(i).logits().orElseThrow().values(), LAST_BITS);
      }
      assertEquals(COUNT, progress.get(progress.size() - 1));
    }
  }
}
