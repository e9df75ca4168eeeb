package io.github.fdistill.training;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.network.ImportedDenoiser;
import io.github.fdistill.savedmodel.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Output;
import org.tensorflow.types.TFloat32;

/**
 * A network that is not trained, and that gradients go through.
 *
 * <p>Where its weights are bfloat16 and float32 only while a layer computes, a gradient must not
 * keep them until then: what it goes through is computed again. To TensorFlow no gradient comes out
 * of the network then; what does is a term of the loss, {@link #through}.
 */
final class FrozenNetwork implements Denoiser {
  private final String name;
  private final Denoiser network;
  private final boolean halved;
  private final List<Call> calls = new ArrayList<>();

  /**
   * An evaluation.
   *
   * @param x what it was asked about
   * @param taken the same, through which no gradient goes
   * @param given its outputs, by copies of them that everything else takes
   */
  private record Call(Expr x, Expr taken, Map<Output<?>, Output<?>> given) {}

  private FrozenNetwork(String name, Denoiser network, boolean halved) {
    this.name = name;
    this.network = network;
    this.halved = halved;
  }

  /**
   * The network in a graph.
   *
   * @param name of its weights, and what its nodes' names begin with
   * @param frozen where its weights go
   * @param how they are held
   */
  static FrozenNetwork of(
      String name,
      NetworkFunction function,
      Weights weights,
      FrozenWeights frozen,
      DistillConfig.Frozen how) {
    return switch (how) {
      case FLOAT32 ->
          new FrozenNetwork(
              name,
              new ImportedDenoiser(frozen.tf(), name, function, frozen.of(name, weights)),
              false);
      case BFLOAT16 ->
          new FrozenNetwork(
              name,
              new ImportedDenoiser(
                  frozen.tf(), name, function.withHalvedParameters(), frozen.halved(name, weights)),
              true);
    };
  }

  @Override
  public Pass pass(Expr x, Expr sigma, Condition condition) {
    if (!halved) {
      return network.pass(x, sigma, condition);
    }
    Call call = new Call(x, x.stopGradient(), new LinkedHashMap<>());
    calls.add(call);
    Pass pass = network.pass(call.taken(), sigma, condition);
    Map<String, Expr> features = new LinkedHashMap<>();
    pass.features().forEach((key, map) -> features.put(key, copied(map, call)));
    return new Pass(copied(pass.denoised(), call), features);
  }

  private static Expr copied(Expr given, Call call) {
    Expr copy = Expr.of(given.tf(), given.tf().identity(given));
    call.given().put(copy.asOutput(), given.asOutput());
    return copy;
  }

  /**
   * A loss with the gradient that it has through this network: loss + sum of g x over all images x
   * that the network saw, with g = d loss / d x by what the network made of them, a constant. To be
   * differentiated; its value means nothing.
   */
  Expr through(Expr loss) {
    Expr whole = loss;
    for (Call call : calls) {
      Optional<Output<?>> gradient =
          Recomputation.gradient(loss, name, call.taken().asOutput(), call.given());
      if (gradient.isPresent()) {
        Expr g = Expr.of(loss.tf(), gradient.get().expect(TFloat32.class));
        whole = whole.plus(call.x().in(loss.tf()).times(g.stopGradient()).sum());
      }
    }
    return whole;
  }
}
