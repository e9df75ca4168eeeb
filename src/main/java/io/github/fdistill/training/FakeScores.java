package io.github.fdistill.training;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.InTurn;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.network.ImportedDenoiser;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.tensorflow.op.Ops;

/**
 * The scores of the student's samples: one of them all, or one for each step of a student of
 * several, all of which begin alike. Of those each sees the samples of its step, one row of K.
 *
 * @param model as they begin
 * @param weights of each
 */
record FakeScores(TrainedModel model, List<Trainable> weights) {

  /** What the weights of each are called. */
  static List<String> names(DistillConfig c) {
    return IntStream.rangeClosed(1, Choices.critics(c)).mapToObj(VariableNames::fakeScore).toList();
  }

  static FakeScores trained(Ops tf, State state, TrainedModel model, DistillConfig c) {
    return new FakeScores(
        model,
        names(c).stream()
            .map(
                name ->
                    model.trainable(tf, state, name, c.getFakeScore().getOptimiser(), c.getSeed()))
            .toList());
  }

  /**
   * As one denoiser, which takes the rows of a batch in turn.
   *
   * @param function of the model, as it is trained
   */
  Denoiser network(Ops tf, NetworkFunction function, FrozenWeights frozen) {
    List<Denoiser> each = new ArrayList<>();
    for (Trainable trained : weights) {
      each.add(
          new ImportedDenoiser(tf, trained.name(), function, model.weights(tf, trained, frozen)));
    }
    return InTurn.of(each);
  }

  /**
   * An update of each.
   *
   * @param loss a mean over all rows, so that each has the mean over its own
   */
  List<Trainable.Update> minimise(Trainable.Minimising how, Expr loss) {
    Expr ofEach = weights.size() == 1 ? loss : loss.times(weights.size());
    return weights.stream().map(trained -> trained.minimise(how, ofEach, List.of())).toList();
  }

  /** The norm of the gradient of all their weights, scalar. */
  static Expr gradientNorm(List<Trainable.Update> updates) {
    return updates.stream()
        .map(Trainable.Update::gradientNorm)
        .reduce((a, b) -> a.square().plus(b.square()).sqrt())
        .orElseThrow();
  }
}
