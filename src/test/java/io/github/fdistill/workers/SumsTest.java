package io.github.fdistill.workers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The build names a proxy at which nobody answers, in pom.xml: sums go past it. */
class SumsTest {
  private static final int WORKERS = 3;
  private static final int NUMBERS = 1000;

  private static float[] run(Crew crew, Session session, Expr value) {
    try (Result result = session.runner().fetch(value).run()) {
      return TensorBundle.floats((TFloat32) result.get(0));
    }
  }

  /** Numbers of a worker, of both signs and many magnitudes. */
  private static float[] numbers(int worker) {
    Random random = new Random(worker);
    float[] numbers = new float[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
      numbers[i] = (float) (random.nextGaussian() * Math.pow(10, i % 7 - 3));
    }
    return numbers;
  }

  @Test
  void allGetTheSumOfAllWhatTheFirstHasAndWhatEachHas() throws Exception {
    List<List<float[]>> results =
        Crews.run(
            WORKERS,
            crew -> {
              try (Graph graph = Sessions.graph()) {
                Ops tf = NodeNames.ops(graph);
                float mine = (float) Math.pow(10, crew.worker());
                Expr values = Expr.of(tf, tf.constant(new float[] {mine, 2 * mine}));
                Expr sum = crew.sums().of(tf, values);
                Expr first =
                    crew.leads()
                        ? crew.sums().send(tf, values)
                        : crew.sums().receive(tf, Shape.of(2));
                Expr all = crew.sums().gathered(tf, values);
                Expr many = Expr.of(tf, tf.constant(numbers(crew.worker())));
                Expr rounded = crew.sums().rounded(tf, many);
                try (Session session = crew.open(graph)) {
                  return List.of(
                      run(crew, session, sum),
                      run(crew, session, first),
                      run(crew, session, all),
                      run(crew, session, rounded));
                }
              }
            });
    for (List<float[]> result : results) {
      assertArrayEquals(new float[] {111, 222}, result.get(0));
      assertArrayEquals(new float[] {1, 2}, result.get(1));
      assertArrayEquals(new float[] {1, 2, 10, 20, 100, 200}, result.get(2));
      assertArrayEquals(results.get(0).get(3), result.get(3), "the same bits for all");
    }
    assertRounded(results.get(0).get(3));
  }

  /** As of vectors whose bytes fit into no message. */
  @Test
  void inBlocksItIsTheSame() throws Exception {
    List<List<float[]>> results =
        Crews.run(
            WORKERS,
            crew -> {
              Sums sums = new Sums(WORKERS, 60, 400);
              try (Graph graph = Sessions.graph()) {
                Ops tf = NodeNames.ops(graph);
                Expr many = Expr.of(tf, tf.constant(numbers(crew.worker())));
                Expr sum = sums.of(tf, many);
                Expr first =
                    crew.leads() ? sums.send(tf, many) : sums.receive(tf, Shape.of(NUMBERS));
                Expr all = sums.gathered(tf, many);
                Expr rounded = sums.rounded(tf, many);
                try (Session session = crew.open(graph)) {
                  return List.of(
                      run(crew, session, sum),
                      run(crew, session, first),
                      run(crew, session, all),
                      run(crew, session, rounded));
                }
              }
            });
    float[] each = new float[WORKERS * NUMBERS];
    for (int worker = 0; worker < WORKERS; worker++) {
      System.arraycopy(numbers(worker), 0, each, worker * NUMBERS, NUMBERS);
    }
    for (List<float[]> result : results) {
      assertSum(result.get(0), 1e-6);
      assertArrayEquals(results.get(0).get(0), result.get(0), "the same bits for all");
      assertArrayEquals(numbers(0), result.get(1));
      assertArrayEquals(each, result.get(2));
      assertSum(result.get(3), WORKERS * Math.pow(2, -8));
    }
  }

  /** A rounding of each number, and one of the sum after each of the others: 2^-8 a worker. */
  private static void assertRounded(float[] found) {
    double most = assertSum(found, WORKERS * Math.pow(2, -8));
    assertTrue(most > Math.pow(2, -16), "nothing was rounded");
  }

  /**
   * The sum of all, as far off as a share of the magnitudes.
   *
   * @return the largest share that it is off by
   */
  private static double assertSum(float[] found, double share) {
    double most = 0;
    for (int i = 0; i < NUMBERS; i++) {
      double sum = 0;
      double magnitudes = 0;
      for (int worker = 0; worker < WORKERS; worker++) {
        sum += numbers(worker)[i];
        magnitudes += Math.abs(numbers(worker)[i]);
      }
      assertEquals(sum, found[i], share * magnitudes, "number " + i);
      most = Math.max(most, Math.abs(sum - found[i]) / magnitudes);
    }
    return most;
  }
}
