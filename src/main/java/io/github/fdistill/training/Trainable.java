package io.github.fdistill.training;

import io.github.fdistill.config.AverageConfig;
import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.optim.AdamW;
import io.github.fdistill.optim.LearningRate;
import io.github.fdistill.optim.WeightAverage;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.Output;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The weights of one network that is trained, with how.
 *
 * @param name {@code student}, {@code fake_score}, {@code discriminator} or {@code model}
 * @param variable the vector of all weights
 * @param weights the read of it that every loss is built on
 * @param optimiser how it is trained
 */
public record Trainable(
    String name, FloatVariable variable, Expr weights, OptimiserConfig optimiser) {

  /**
   * An update of the weights and what follows it.
   *
   * @param op target
   * @param gradientNorm scalar
   * @param averages of the weights, in the order of their configs
   */
  record Update(Op op, Expr gradientNorm, List<FloatVariable> averages) {}

  /**
   * @param values the first weights
   */
  static Trainable create(
      Ops tf, State state, String name, float[] values, OptimiserConfig optimiser) {
    FloatVariable variable = state.trained(name + "/weights", values);
    return new Trainable(name, variable, variable.read(tf), optimiser);
  }

  /**
   * Adds one update of these weights, and of no others, towards a lower loss. Called once.
   *
   * @param loss scalar, built on {@link #weights}
   * @param step scalar, the run's step
   * @param steps how many the run has
   * @param averages taken after the update; each begins as the weights do
   */
  Update minimise(
      Ops tf, State state, Expr loss, Expr step, long steps, List<AverageConfig> averages) {
    Ops scope = tf.withSubScope(name + "_update");
    Expr rate = rate(steps).at(step.in(scope));
    AdamW adam = AdamW.build(scope, name, variable, gradient(loss), rate, settings());
    state.zeros(adam.state());

    List<FloatVariable> variables = new ArrayList<>();
    List<Op> targets = new ArrayList<>(List.of(adam.update()));
    for (int i = 0; i < averages.size(); i++) {
      WeightAverage average =
          WeightAverage.build(
              scope,
              name + "/average_" + i,
              variable,
              adam.update(),
              step,
              averages.get(i).getDecay());
      state.beginsLike(average.average(), variable);
      variables.add(average.average());
      targets.add(average.update());
    }
    Op all = scope.withControlDependencies(targets).noOp();
    return new Update(all, adam.gradientNorm(), variables);
  }

  /** d loss / d weights, [size]. */
  private Expr gradient(Expr loss) {
    Graph graph = (Graph) loss.tf().scope().env();
    Output<?>[] gradients =
        graph.addGradients(loss.asOutput(), new Output<?>[] {weights.asOutput()});
    if (!GraphAccess.exists(gradients[0])) {
      throw new IllegalStateException("the loss of " + name + " does not depend on its weights");
    }
    return Expr.of(loss.tf(), gradients[0].expect(TFloat32.class));
  }

  private AdamW.Settings settings() {
    return new AdamW.Settings(
        optimiser.getBeta1(),
        optimiser.getBeta2(),
        optimiser.getEpsilon(),
        optimiser.getWeightDecay(),
        optimiser.getClipNorm());
  }

  private LearningRate rate(long steps) {
    LearningRate.Schedule schedule =
        switch (optimiser.getSchedule()) {
          case CONSTANT -> new LearningRate.Constant();
          case COSINE ->
              new LearningRate.Cosine(
                  optimiser.getWarmupSteps(),
                  steps,
                  optimiser.getFinalRate() / optimiser.getLearningRate());
          case INVERSE_SQRT -> new LearningRate.InverseSqrt(optimiser.getReferenceSteps());
        };
    return new LearningRate(optimiser.getLearningRate(), optimiser.getWarmupSteps(), schedule);
  }
}
