package io.github.fdistill.diffusion;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.expr.Dealt;
import io.github.fdistill.expr.Expr;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Networks that take the rows of a batch in turn: row i is evaluated by network i mod K. Each
 * batch's size must be a multiple of how many there are.
 *
 * @param networks of the same features
 */
public record InTurn(List<Denoiser> networks) implements Denoiser {

  /** One network is itself. */
  public static Denoiser of(List<Denoiser> networks) {
    return networks.size() == 1 ? networks.get(0) : new InTurn(networks);
  }

  @Override
  public Pass pass(Expr x, Expr sigma, Condition condition) {
    int count = networks.size();
    List<Operand<TFloat32>> images = Dealt.out(x.tf(), x.value(), count);
    List<Operand<TFloat32>> levels = Dealt.out(x.tf(), sigma.value(), count);
    List<Condition> conditions = condition.cut(count, t -> Dealt.out(x.tf(), t, count));
    List<Pass> passes = new ArrayList<>();
    for (int k = 0; k < count; k++) {
      Expr rows = Expr.of(x.tf(), images.get(k));
      passes.add(networks.get(k).pass(rows, Expr.of(x.tf(), levels.get(k)), conditions.get(k)));
    }
    return Pass.joined(passes, Dealt::back);
  }
}
