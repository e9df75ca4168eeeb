package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class NeighboursTest {
  private static Neighbours of(Features set, int k) {
    return Neighbours.of(set, k, done -> {});
  }

  /** Sorts the distances from each vector to all others. */
  private static double[] bySorting(Features set, int k) {
    double[] all = new double[set.count() * k];
    for (int i = 0; i < set.count(); i++) {
      double[] distances = new double[set.count()];
      for (int j = 0; j < set.count(); j++) {
        for (int f = 0; f < set.dimension(); f++) {
          double difference =
              (double) set.values()[i * set.dimension() + f]
                  - set.values()[j * set.dimension() + f];
          distances[j] += difference * difference;
        }
      }
      distances[i] = -1;
      Arrays.sort(distances);
      System.arraycopy(distances, 1, all, i * k, k);
    }
    return all;
  }

  @Test
  void onALineByHand() {
    Neighbours neighbours = of(Recorded.line(0, 1, 3, 7), 2);
    assertArrayEquals(new double[] {1, 1, 4, 16}, neighbours.squaredRadii(1));
    assertArrayEquals(new double[] {9, 4, 9, 36}, neighbours.squaredRadii(2));
  }

  @Test
  void theyAreThoseThatSortingFinds() {
    Features set = Recorded.vectors(4, 700, 16, 1, 0);
    assertArrayEquals(bySorting(set, 5), of(set, 5).squaredDistances());
  }

  @Test
  void pointsNearerThanFloat32TellsApartAreStillExact() {
    // Distances of 0.01 around (300, ..., 300), whose squared norm in float32 has steps of 0.5;
    // and a second cluster, so that centring alone does not help.
    Features near = Recorded.cloud(1, 300, 64, 3, 0.25);
    float[] values = near.values().clone();
    for (int i = 0; i < values.length; i++) {
      float small = 0.001f * values[i];
      values[i] = i / 64 % 2 == 0 ? 300 + small : -300 + small;
    }
    Features set = new Features("two clusters", 64, values);
    assertArrayEquals(bySorting(set, 3), of(set, 3).squaredDistances());
  }

  @Test
  void equalVectorsAreNeighboursAtDistanceZero() {
    Features set = new Features("equal", 3, new float[3 * 50]);
    assertArrayEquals(new double[50], of(set, 4).squaredRadii(4));
  }

  @Test
  void aSetOfManyBlocksIsMeasuredWhole() {
    Features set = Recorded.cloud(2, 4200, 2, 50, 0.01);
    List<Long> done = new ArrayList<>();
    Neighbours neighbours = Neighbours.of(set, 3, done::add);
    assertTrue(done.size() > 2, "blocks: " + done);
    assertEquals(4200, done.get(done.size() - 1));
    assertArrayEquals(bySorting(set, 3), neighbours.squaredDistances());
  }

  @Test
  void fewerThanKAndOneAreRefused() {
    of(Recorded.line(1, 2, 3, 4), 3);
    InputException refused =
        assertThrows(InputException.class, () -> of(Recorded.line(1, 2, 3), 3));
    assertTrue(refused.getMessage().contains("3 images"));
    assertTrue(refused.getMessage().contains("at least 4"));
  }
}
