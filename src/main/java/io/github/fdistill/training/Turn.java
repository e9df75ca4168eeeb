package io.github.fdistill.training;

import io.github.fdistill.expr.Expr;
import java.util.Map;
import org.tensorflow.op.Op;

/**
 * One run of the session: an update of some weights, and what there is to say of it.
 *
 * @param kind {@code student}, {@code critic}, {@code pretrain} or {@code classifier}
 * @param update target
 * @param scalars by the name they have in the log
 */
public record Turn(String kind, Op update, Map<String, Expr> scalars) {}
