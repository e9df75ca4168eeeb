package io.github.fdistill.training;

import io.github.fdistill.config.AverageConfig;
import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.config.Recompute;
import io.github.fdistill.device.Host;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.optim.AdamW;
import io.github.fdistill.optim.CompactAdamW;
import io.github.fdistill.optim.Gradient;
import io.github.fdistill.optim.Optimiser;
import io.github.fdistill.optim.WeightAverage;
import io.github.fdistill.optim.WeightDecay;
import io.github.fdistill.savedmodel.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.Output;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The weights of one network that is trained, with how.
 *
 * @param name {@code student}, {@code fake_score} (and {@code fake_score_2}, ...), {@code
 *     discriminator} or {@code model}
 * @param variable the vector of all weights
 * @param weights the read of it, or of its copy, that every loss is built on
 * @param copy of weights that lie on the host, to compute with
 * @param settings how it is trained
 * @param decay which of the weights may decay
 */
record Trainable(
    String name,
    FloatVariable variable,
    Expr weights,
    Optional<Copy> copy,
    OptimiserConfig settings,
    WeightDecay decay) {

  /**
   * How every network of a run is trained.
   *
   * @param in what is fed, a part of a batch at a time: gradients are averaged over them
   * @param span the steps that a schedule of learning rates goes over
   * @param batches of a step
   * @param rateFactor what every learning rate is multiplied by
   * @param recompute what of a network is computed again for its gradient
   */
  record Minimising(
      Ops tf,
      State state,
      StepInputs in,
      Span span,
      int batches,
      Optional<FloatVariable> rateFactor,
      Recompute recompute) {

    /** One batch a step, from the first of the run to the last. */
    static Minimising plain(Ops tf, State state, StepInputs in, long steps, Recompute recompute) {
      return new Minimising(tf, state, in, new Span(0, steps), 1, Optional.empty(), recompute);
    }

    /** The run's step, a scalar, computed where it is needed: else it would be copied there. */
    Expr step(Ops there) {
      return in.runStep(there, batches);
    }
  }

  /**
   * An update of the weights and what follows it.
   *
   * @param accumulated over the parts of a batch, before {@code apply}; none of a batch of one
   * @param apply target
   * @param gradientNorm scalar
   * @param averages of the weights, in the order of their configs
   * @param sharded this worker's share of the weights, where each updates its own
   */
  record Update(
      Optional<Accumulated> accumulated,
      Op apply,
      Expr gradientNorm,
      List<FloatVariable> averages,
      Optional<Sharded> sharded) {}

  /**
   * The weights of a network, all of which are trained.
   *
   * @param first the first weights
   */
  static Trainable create(
      Ops tf, State state, String name, Weights first, OptimiserConfig settings) {
    return create(tf, state, name, first, settings, Set.of());
  }

  /**
   * The weights of a network, of which some may not be trained: those do not decay either.
   *
   * @param first the first weights
   * @param untrained names of parameters
   */
  static Trainable create(
      Ops tf,
      State state,
      String name,
      Weights first,
      OptimiserConfig settings,
      Set<String> untrained) {
    WeightDecay decay = new WeightDecay(untrained);
    if (state.keepsApart(settings) && !state.shares(settings)) {
      Copy copy = state.trainedOnHost(VariableNames.weights(name), VariableNames.copy(name), first);
      Expr weights = copy.variable().read(tf);
      return new Trainable(name, copy.of(), weights, Optional.of(copy), settings, decay);
    }
    FloatVariable variable = state.trained(VariableNames.weights(name), first);
    return new Trainable(name, variable, variable.read(tf), Optional.empty(), settings, decay);
  }

  /**
   * Adds one update of these weights, and of no others, towards a lower loss. Called once.
   *
   * @param loss scalar, built on {@link #weights}
   * @param averages taken after the update; each begins as the weights do
   */
  Update minimise(Minimising how, Expr loss, List<AverageConfig> averages) {
    Ops scope = how.tf().withSubScope(name + "_update");
    Ops there = how.state().keepsApart(settings) ? Host.on(scope) : scope;
    Expr gradient = gradient(loss, how.recompute());
    Optional<Accumulated> accumulated =
        how.in().parts() == 1
            ? Optional.empty()
            : Optional.of(Accumulated.build(scope, how, this, gradient));
    Expr mean = accumulated.map(a -> a.sum().read(scope)).orElse(gradient);
    Optional<Sharded> sharded =
        how.state().shares(settings)
            ? Optional.of(Sharded.of(scope, there, how.state(), name, variable))
            : Optional.empty();
    Optimiser optimiser = optimiser(how, there, mean, rate(how, there), sharded);
    how.state().zeros(optimiser.counts());

    List<FloatVariable> variables = new ArrayList<>();
    List<Op> targets = new ArrayList<>(List.of(optimiser.update()));
    accumulated.ifPresent(
        a -> targets.add(a.sum().clear(scope.withControlDependencies(optimiser.update()))));
    for (int i = 0; i < averages.size(); i++) {
      WeightAverage average =
          WeightAverage.build(
              there,
              VariableNames.average(name, i),
              sharded.map(Sharded::mine).orElse(variable),
              optimiser.update(),
              how.step(there),
              Choices.average(averages.get(i), how.batches()));
      how.state().beginsLike(average.average(), variable);
      variables.add(average.average());
      targets.add(average.update());
    }
    if (settings.getSharded()) {
      how.state().keepShares(variables, variable);
      how.state().updateShares(variable);
    }
    copy.ifPresent(c -> targets.add(c.again(scope.withControlDependencies(optimiser.update()))));
    Op all = scope.withControlDependencies(targets).noOp();
    return new Update(accumulated, all, optimiser.gradientNorm(), variables, sharded);
  }

  /**
   * The mean gradient of the parts of a batch, while they come.
   *
   * @param part of the mean, of the part that is fed
   * @param add target of each part
   * @param rounded whether workers sum it in bfloat16
   */
  record Accumulated(FloatVariable sum, Expr part, Op add, boolean rounded) {

    static Accumulated build(Ops tf, Minimising how, Trainable of, Expr gradient) {
      FloatVariable sum =
          FloatVariable.create(
              tf, VariableNames.scratch(of.name + "_gradient"), of.variable.shape());
      how.state().scratch(List.of(sum));
      Expr part = gradient.over(how.in().parts());
      return new Accumulated(sum, part, sum.add(tf, part), of.settings.getBfloat16Sums());
    }

    Share.Summand summand(Ops tf) {
      return new Share.Summand(sum, sum.read(tf), rounded);
    }
  }

  /** d loss / d weights, [size]. */
  private Expr gradient(Expr loss, Recompute recompute) {
    Graph graph = (Graph) loss.tf().scope().env();
    Output<?> gradient;
    try {
      gradient =
          switch (recompute) {
            case NOTHING ->
                graph.addGradients(loss.asOutput(), new Output<?>[] {weights.asOutput()})[0];
            case BLOCKS -> Recomputation.gradient(loss, name, weights.asOutput());
          };
    } catch (TensorFlowException e) {
      throw MissingGradient.refusal(graph, name, e);
    }
    if (!GraphAccess.exists(gradient)) {
      throw new IllegalStateException("the loss of " + name + " does not depend on its weights");
    }
    return Expr.of(loss.tf(), gradient.expect(TFloat32.class));
  }

  /** AdamW, with its moments as they are to be kept. */
  private Optimiser optimiser(
      Minimising how, Ops tf, Expr gradient, Expr rate, Optional<Sharded> sharded) {
    Parameters parameters = how.state().layout(variable).orElseThrow();
    return switch (settings.getState()) {
      case FLOAT32 -> {
        Expr decaying = decay.of(tf, parameters);
        FloatVariable weights = sharded.map(Sharded::mine).orElse(variable);
        UnaryOperator<Expr> part = whole -> sharded.map(s -> s.part(whole)).orElse(whole);
        AdamW adam =
            AdamW.build(
                tf,
                name,
                weights,
                new Gradient(gradient, part.apply(gradient)),
                rate,
                Choices.adam(settings),
                part.apply(decaying));
        how.state().zerosFor(variable, adam.moments());
        if (settings.getSharded()) {
          how.state().keepShares(adam.moments(), variable);
        }
        yield adam;
      }
      case BFLOAT16 -> compact(how, tf, parameters, gradient, rate, CompactAdamW.Form.HALVED);
      case FACTORED -> compact(how, tf, parameters, gradient, rate, CompactAdamW.Form.FACTORED);
    };
  }

  private Optimiser compact(
      Minimising how,
      Ops tf,
      Parameters parameters,
      Expr gradient,
      Expr rate,
      CompactAdamW.Form form) {
    CompactAdamW adam =
        CompactAdamW.build(
            tf,
            name,
            new CompactAdamW.Trained(variable, parameters, decay),
            gradient,
            rate,
            Choices.adam(settings),
            new CompactAdamW.Kept(form, how.in().noise()));
    how.state().zeros(adam.moments());
    return adam;
  }

  private Expr rate(Minimising how, Ops tf) {
    Span span = how.span();
    Expr rate =
        Choices.rate(settings, span.end() - span.first()).at(how.step(tf).minus(span.first()));
    return how.rateFactor().map(factor -> rate.times(factor.read(tf)).reshape()).orElse(rate);
  }
}
