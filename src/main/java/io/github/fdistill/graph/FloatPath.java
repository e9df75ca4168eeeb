package io.github.fdistill.graph;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;

/**
 * The ops between two tensors that a gradient meets: those on a way of floating-point numbers that
 * no op without a gradient interrupts.
 *
 * @param ops in the order in which they are met from the second tensor; none where there is no way
 */
record FloatPath(List<GraphOperation> ops) {
  private static final Set<String> INTERRUPTS =
      Set.of("StopGradient", "Floor", "Shape", "ShapeN", "Size", "Rank", "ZerosLike");

  static FloatPath between(Output<?> from, Output<?> to) {
    Set<GraphOperation> ahead = ahead((GraphOperation) from.op());
    Set<GraphOperation> met = new LinkedHashSet<>();
    Deque<GraphOperation> open = new ArrayDeque<>();
    open.add((GraphOperation) to.op());
    while (!open.isEmpty()) {
      GraphOperation op = open.pop();
      if (ahead.contains(op) && met.add(op) && !op.equals(from.op())) {
        for (Operand<?> input : op.inputs()) {
          if (carries(input.asOutput())) {
            open.add((GraphOperation) input.asOutput().op());
          }
        }
      }
    }
    met.remove((GraphOperation) from.op());
    return new FloatPath(List.copyOf(met));
  }

  /** The ops that gradients of these tensors meet, all the way to where they end. */
  static Set<GraphOperation> behind(Collection<Output<?>> tensors) {
    Set<GraphOperation> met = new LinkedHashSet<>();
    Deque<GraphOperation> open = new ArrayDeque<>();
    tensors.forEach(tensor -> open.add((GraphOperation) tensor.op()));
    while (!open.isEmpty()) {
      GraphOperation op = open.pop();
      boolean goesOn = !INTERRUPTS.contains(op.type());
      if (goesOn && met.add(op)) {
        for (Operand<?> input : op.inputs()) {
          if (carries(input.asOutput())) {
            open.add((GraphOperation) input.asOutput().op());
          }
        }
      }
    }
    return met;
  }

  /** What a tensor of floating-point numbers reaches. */
  private static Set<GraphOperation> ahead(GraphOperation from) {
    Set<GraphOperation> reached = new LinkedHashSet<>();
    Deque<GraphOperation> open = new ArrayDeque<>();
    open.add(from);
    while (!open.isEmpty()) {
      GraphOperation op = open.pop();
      boolean goesOn = !INTERRUPTS.contains(op.type());
      if (goesOn && reached.add(op)) {
        for (int i = 0; i < op.numOutputs(); i++) {
          if (carries(op.output(i))) {
            open.addAll(op.consumers(i));
          }
        }
      }
    }
    return reached;
  }

  private static boolean carries(Output<?> tensor) {
    return DataTypes.isFloating(tensor.dataType());
  }
}
