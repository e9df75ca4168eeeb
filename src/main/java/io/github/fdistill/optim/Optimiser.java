package io.github.fdistill.optim;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import java.util.List;
import org.tensorflow.op.Op;

/** What changes the weights of a network, one update at a time. Its variables begin as zeros. */
public sealed interface Optimiser permits AdamW, CompactAdamW {

  /** Target that makes one update. */
  Op update();

  /** |g| before clipping, scalar. */
  Expr gradientNorm();

  /** What it remembers of gradients. */
  List<FloatVariable> moments();

  /** One number each: updates made, and updates skipped. */
  List<FloatVariable> counts();
}
