package io.github.fdistill.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.savedmodel.WeightArrays;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

class ParameterStoreTest {
  private static final int NUMBERS = 50;

  private static float[] first(long seed) {
    Parameters one = new Parameters(List.of(new Parameter("w", Shape.of(NUMBERS))));
    return WeightArrays.of(ParameterStore.first(seed, one, List.of(1.0)));
  }

  /** No number of one seed is found again among those of another, at any place. */
  @Test
  void firstValuesOfSeedsHaveNothingInCommon() {
    assertArrayEquals(first(7), first(7));
    float[] all = new float[8 * NUMBERS];
    for (int seed = 0; seed < 8; seed++) {
      System.arraycopy(first(seed), 0, all, seed * NUMBERS, NUMBERS);
    }
    Arrays.sort(all);
    for (int i = 1; i < all.length; i++) {
      assertFalse(all[i - 1] == all[i], "twice: " + all[i]);
    }
  }
}
