package io.github.fdistill.onnx;

import static io.github.fdistill.onnx.Elementwise.two;
import static io.github.fdistill.onnx.Elementwise.with;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.tensorflow.Output;

/** Products of matrices. */
final class Products {
  static final Map<String, Rule> RULES =
      Map.of(
          "MatMul", Rule.of(Products::matMul),
          "Gemm", Rule.of(Products::gemm),
          "Einsum", Rule.of(Products::einsum));

  private Products() {}

  private static Value matMul(Call call) {
    Flow a = call.settled(0);
    Flow b = call.settled(1);
    call.require(a.rank() > 0 && b.rank() > 0, "a single number", "vectors or matrices");
    boolean row = a.rank() == 1; // A vector is a matrix of one row, or of one column.
    boolean column = b.rank() == 1;
    Flow left = row ? call.layout().settled(a.reshaped(1, a.shape()[0])) : a;
    Flow right = column ? call.layout().settled(b.reshaped(b.shape()[0], 1)) : b;
    Flow product = product(call, left, right);
    if (row) {
      product = product.reshaped(Shapes.dropped(product.shape(), product.rank() - 2));
    }
    return column ? product.reshaped(Shapes.dropped(product.shape(), product.rank() - 1)) : product;
  }

  private static Flow product(Call call, Flow a, Flow b) {
    long inner = a.shape()[a.rank() - 1];
    call.require(
        inner == b.shape()[b.rank() - 2] && inner >= 0,
        Sizes.text(a.shape()) + " by " + Sizes.text(b.shape()),
        "matrices that fit each other, whatever the batch is");
    return b.rank() == 2 ? byMatrix(call, a, b) : byMatrices(call, a, b);
  }

  /** All rows of a by one matrix. */
  private static Flow byMatrix(Call call, Flow a, Flow b) {
    Nodes nodes = call.nodes();
    long[] shape = a.shape().clone();
    OptionalLong rows = Sizes.product(Arrays.copyOf(shape, shape.length - 1));
    call.require(rows.isPresent(), Sizes.text(shape), "one batch");
    Output<?> flat =
        nodes.reshaped(call.layout().plain(a), rows.getAsLong(), shape[shape.length - 1]);
    boolean turned = isTurned(b);
    Output<?> matrix = turned ? b.tensor() : call.layout().plain(b);
    Output<?> product =
        nodes.op("MatMul", builder -> builder.setAttr("transpose_b", turned), flat, matrix);
    shape[shape.length - 1] = b.shape()[1];
    return Flow.plain(nodes.reshaped(product, shape), shape);
  }

  /** Whether only its last two axes have changed places, which a product takes as it is. */
  private static boolean isTurned(Flow x) {
    int[] order = Flow.plainOrder(x.rank());
    order[x.rank() - 1] = x.rank() - 2;
    order[x.rank() - 2] = x.rank() - 1;
    return Arrays.equals(x.order(), order);
  }

  private static Flow byMatrices(Call call, Flow a, Flow b) {
    long[] batch =
        Sizes.broadcast(
            Arrays.copyOf(a.shape(), a.rank() - 2), Arrays.copyOf(b.shape(), b.rank() - 2));
    call.require(
        batch != null,
        Sizes.text(a.shape()) + " by " + Sizes.text(b.shape()),
        "matrices that fit each other");
    boolean turnedA = isTurned(a);
    boolean turnedB = isTurned(b);
    Output<?> product =
        call.nodes()
            .op(
                "BatchMatMulV2",
                builder -> builder.setAttr("adj_x", turnedA).setAttr("adj_y", turnedB),
                turnedA ? a.tensor() : call.layout().plain(a),
                turnedB ? b.tensor() : call.layout().plain(b));
    long[] shape = Arrays.copyOf(batch, batch.length + 2);
    shape[batch.length] = a.shape()[a.rank() - 2];
    shape[batch.length + 1] = b.shape()[b.rank() - 1];
    return Flow.plain(product, shape);
  }

  /** alpha A B + beta C, A and B transposed where it says so. */
  private static Value gemm(Call call) {
    Flow a = call.settled(0);
    Flow b = call.settled(1);
    call.require(a.rank() == 2 && b.rank() == 2, "ranks other than 2", "two matrices");
    int[] turn = {1, 0};
    Flow left = call.whole("transA", 0) == 1 ? Shapes.turned(a, turn) : a;
    Flow right = call.whole("transB", 0) == 1 ? Shapes.turned(b, turn) : b;
    Flow product = times(call, product(call, left, right), call.number("alpha", 1));
    if (!call.has(2)) {
      return product;
    }
    double beta = call.number("beta", 1);
    return two(call, "AddV2", product, beta == 1 ? call.value(2) : times(call, call.flow(2), beta));
  }

  private static Flow times(Call call, Flow x, double factor) {
    return factor == 1 ? x : with(call, "Mul", x, factor);
  }

  private static Value einsum(Call call) {
    String equation = call.text("equation", "").replace(" ", "");
    String[] sides = equation.split("->", -1);
    String[] from = sides[0].split(",", -1);
    call.require(
        equation.matches("[A-Za-z,]+->[A-Za-z]*") && from.length == call.inputs().size(),
        "'" + equation + "'",
        "letters for the axes of each input, and after -> those of the output");
    Map<Character, Long> sizes = new HashMap<>();
    for (int i = 0; i < from.length; i++) {
      long[] shape = call.value(i).shape();
      call.require(shape.length == from[i].length(), from[i] + " of rank " + shape.length, "both");
      for (int axis = 0; axis < shape.length; axis++) {
        Long other = sizes.put(from[i].charAt(axis), shape[axis]);
        call.require(
            other == null || other == shape[axis], "sizes that do not fit", "ones that do");
      }
    }
    char[] to = sides[1].toCharArray();
    long[] shape = new long[to.length];
    int[] order = new int[to.length];
    for (int axis = 0; axis < to.length; axis++) {
      call.require(sizes.containsKey(to[axis]), "the new axis " + to[axis], "axes of its inputs");
      shape[axis] = sizes.get(to[axis]);
      order[axis] = from[0].indexOf(to[axis]);
    }
    if (from.length == 1 && to.length == from[0].length() && sizes.size() == to.length) {
      return Shapes.turned(call.settled(0), order); // Only another order of axes.
    }
    List<Output<?>> inputs = new ArrayList<>();
    for (int i = 0; i < from.length; i++) {
      inputs.add(call.layout().plain(call.flow(i)));
    }
    Output<?> made =
        call.nodes()
            .operation(
                "Einsum",
                builder -> builder.setAttr("equation", equation),
                builder -> builder.addInputList(inputs.toArray(Output<?>[]::new)))
            .output(0);
    return Flow.plain(made, shape);
  }
}
