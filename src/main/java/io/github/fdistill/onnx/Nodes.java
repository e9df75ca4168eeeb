package io.github.fdistill.onnx;

import io.github.fdistill.InputException;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.graph.NetworkFunction;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/**
 * Makes TensorFlow's nodes, named after ONNX's: {@code down/conv/Conv2D} for the Conv2D of the node
 * {@code /down/conv}. A node that was made already, of the same op on the same inputs, is not made
 * twice.
 */
final class Nodes {
  /** Nodes in all. One of ONNX's may ask for as many as it has groups, or numbers. */
  private static final int MOST = 1 << 18;

  private final String file;
  private final Graph graph;
  private final int most;
  private final Ops tf;
  private final Map<String, Integer> taken = new HashMap<>(); // How many more were asked for.
  private final Map<String, Output<?>> made = new HashMap<>();
  private final Map<Known, Output<?>> held = new HashMap<>();
  private String place = "network";
  private Output<?> batch;

  /**
   * @param file for messages
   */
  Nodes(String file, Graph graph) {
    this(file, graph, MOST);
  }

  Nodes(String file, Graph graph, int most) {
    this.file = file;
    this.graph = graph;
    this.most = most;
    this.tf = NodeNames.ops(graph);
  }

  /** What is made next is made for this node. */
  void at(String node) {
    place = Names.of(node);
  }

  private String name(String op) {
    return free(place + "/" + op);
  }

  private String free(String wanted) {
    if (taken.size() == most) {
      throw new InputException(
          file + ", at " + place,
          "more than " + most + " nodes of TensorFlow",
          "a network of fewer",
          "export it without convolutions of so many groups, or repeats by the size of the batch");
    }
    String name = wanted;
    while (taken.putIfAbsent(name, 0) != null) {
      name = wanted + "_" + taken.merge(wanted, 1, Integer::sum);
    }
    return name;
  }

  /** A placeholder of just this name. */
  Output<?> placeholder(String name, DataType type, long[] shape) {
    OperationBuilder builder = graph.opBuilder("Placeholder", free(name), tf.scope());
    builder.setAttr("dtype", type);
    builder.setAttr("shape", Shape.of(Sizes.open(shape)));
    return builder.build().output(0);
  }

  /** Tells where the number of images is read: from the first axis of a tensor. */
  void batchOf(Output<?> tensor) {
    if (batch == null) {
      batch = tensor;
    }
  }

  /** A node with one output. */
  Output<?> op(String type, Operand<?>... inputs) {
    return op(type, builder -> {}, inputs);
  }

  /** A node with one output, and with attributes beside those that follow from its inputs. */
  Output<?> op(String type, Consumer<OperationBuilder> attributes, Operand<?>... inputs) {
    return operation(type, attributes, builder -> addAll(builder, inputs)).output(0);
  }

  /** A node that takes a list, and may take more behind it. */
  Output<?> listOp(String type, List<? extends Operand<?>> list, Operand<?>... more) {
    Output<?>[] outputs = list.stream().map(Operand::asOutput).toArray(Output<?>[]::new);
    return operation(
            type,
            builder -> {},
            builder -> {
              builder.addInputList(outputs);
              addAll(builder, more);
            })
        .output(0);
  }

  Operation operation(
      String type, Consumer<OperationBuilder> attributes, Consumer<OperationBuilder> inputs) {
    OperationBuilder builder = graph.opBuilder(type, name(type), tf.scope());
    inputs.accept(builder);
    attributes.accept(builder);
    return builder.build();
  }

  private static void addAll(OperationBuilder builder, Operand<?>... inputs) {
    for (Operand<?> input : inputs) {
      builder.addInput(input.asOutput());
    }
  }

  private Output<?> once(String key, Supplier<Output<?>> maker) {
    Output<?> found = made.get(key);
    if (found == null) {
      found = maker.get();
      made.put(key, found);
    }
    return found;
  }

  Output<?> transposed(Output<?> tensor, int[] order) {
    if (Arrays.equals(order, Flow.plainOrder(order.length))) {
      return tensor;
    }
    return once(
        "transpose " + NetworkFunction.nameOf(tensor) + Arrays.toString(order),
        () -> op("Transpose", tensor, ints(Arrays.stream(order).asLongStream().toArray())));
  }

  /**
   * Reshapes.
   *
   * @param sizes of which at most one grows with the batch
   */
  Output<?> reshaped(Output<?> tensor, long... sizes) {
    long[] open = Sizes.open(sizes);
    if (tensor.shape().equals(Shape.of(open))) {
      return tensor;
    }
    return once(
        "reshape " + NetworkFunction.nameOf(tensor) + Arrays.toString(open),
        () -> op("Reshape", tensor, ints(open)));
  }

  Output<?> cast(Output<?> tensor, DataType type) {
    return tensor.dataType() == type
        ? tensor
        : op("Cast", builder -> builder.setAttr("DstT", type), tensor);
  }

  /** An int32 vector. */
  Output<?> ints(long... values) {
    int[] small = Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    try (TInt32 tensor = TInt32.vectorOf(small)) {
      return constant(DataType.DT_INT32, tensor);
    }
  }

  /** An int32 scalar. */
  Output<?> number(long value) {
    try (TInt32 tensor = TInt32.scalarOf(Math.toIntExact(value))) {
      return constant(DataType.DT_INT32, tensor);
    }
  }

  /** A float32 scalar. */
  Output<?> real(double value) {
    try (TFloat32 tensor = TFloat32.scalarOf((float) value)) {
      return constant(DataType.DT_FLOAT, tensor);
    }
  }

  private Output<?> constant(DataType type, TType tensor) {
    OperationBuilder builder = graph.opBuilder("Const", name("Const"), tf.scope());
    builder.setAttr("dtype", type);
    builder.setAttr("value", tensor);
    return builder.build().output(0);
  }

  /** Numbers that are known, as a tensor; those that grow with the batch are computed from it. */
  Output<?> constant(Known known) {
    if (known.anyPerImage()) {
      boolean fractions = known.type() == DataType.DT_FLOAT;
      Output<?> times = fractions ? cast(images(), known.type()) : images();
      Output<?>[] parts = new Output<?>[known.count()];
      for (int i = 0; i < parts.length; i++) {
        Output<?> part = fractions ? real(known.values()[i]) : number(known.whole(i));
        parts[i] = known.perImage()[i] ? op("Mul", times, part) : part;
      }
      Output<?> packed = cast(listOp("Pack", List.of(parts)), known.type());
      return reshaped(packed, known.shape());
    }
    try (TType tensor = tensor(known)) {
      return constant(known.type(), tensor);
    }
  }

  /** The same once, however many nodes take it: a mask, say, of every layer. */
  Output<?> held(Known known) {
    Output<?> found = held.get(known);
    if (found == null) {
      found = constant(known);
      held.put(known, found);
    }
    return found;
  }

  private static TType tensor(Known known) {
    Shape shape = Shape.of(known.shape());
    double[] values = known.values();
    return switch (known.type()) {
      case DT_FLOAT -> TFloat32.tensorOf(shape, DataBuffers.of(floats(values), true, false));
      case DT_INT32 ->
          TInt32.tensorOf(
              shape,
              DataBuffers.of(Arrays.stream(values).mapToInt(v -> (int) v).toArray(), true, false));
      case DT_INT64 -> TInt64.tensorOf(shape, DataBuffers.of(known.whole(), true, false));
      case DT_BOOL -> TBool.tensorOf(shape, DataBuffers.of(truths(values), true, false));
      default -> throw new IllegalArgumentException("constants of type " + known.type());
    };
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static boolean[] truths(double[] values) {
    boolean[] truths = new boolean[values.length];
    for (int i = 0; i < truths.length; i++) {
      truths[i] = values[i] != 0;
    }
    return truths;
  }

  /** How many images there are, int32. */
  Output<?> images() {
    return once("images", () -> first(op("Shape", batch)));
  }

  /** The first of an int32 vector. */
  Output<?> first(Output<?> vector) {
    return op(
        "StridedSlice",
        builder -> builder.setAttr("shrink_axis_mask", 1L),
        vector,
        ints(0),
        ints(1),
        ints(1));
  }

  /** Sizes as an int32 vector, those that grow with the batch computed from it. */
  Output<?> sizes(long... sizes) {
    return cast(constant(Known.ofSizes(sizes)), DataType.DT_INT32);
  }
}
