package io.github.fdistill.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/** Ops that join tensors, cut them, and pick from them. */
final class Joins {
  static final Map<String, Rule> RULES =
      Map.of(
          "Concat", Rule.of(Joins::concat),
          "Split", Joins::split,
          "Slice", Rule.of(Joins::slice),
          "Gather", Rule.of(Joins::gather),
          "GatherND", Rule.of(Joins::gatherNd),
          "OneHot", Rule.of(Joins::oneHot));

  private Joins() {}

  private static Value concat(Call call) {
    List<Flow> parts = new ArrayList<>();
    Flow first = call.settled(0); // Or one whose axes stand in another order, to keep that.
    for (int i = 0; i < call.inputs().size(); i++) {
      parts.add(call.settled(i));
      first = parts.get(i).isPlain() ? first : parts.get(i);
    }
    if (parts.size() == 1) {
      return first;
    }
    int axis = call.axis(call.whole("axis", 0), first.rank());
    long[] shape = joined(call, parts, axis);
    List<Output<?>> tensors = new ArrayList<>();
    for (Flow part : parts) {
      long[] own = shape.clone();
      own[axis] = part.shape()[axis];
      tensors.add(call.layout().inOrder(Shapes.repeated(call, part, own), first.order()));
    }
    Nodes nodes = call.nodes();
    Output<?> joined = nodes.listOp("ConcatV2", tensors, nodes.number(first.place(axis)));
    return Flow.ordered(joined, first.order(), shape);
  }

  /** The shape of all parts together. What a file has for its one image is there for each of N. */
  static long[] joined(Call call, List<? extends Value> parts, int axis) {
    long[] shape = parts.get(0).shape().clone();
    for (Value part : parts.subList(1, parts.size())) {
      long[] more = part.shape();
      String found = "parts " + Sizes.text(shape) + " and " + Sizes.text(more);
      call.require(more.length == shape.length, found, "parts of one rank");
      for (int i = 0; i < shape.length; i++) {
        if (i == axis) {
          call.require(more[i] < 0 == shape[i] < 0, found, "images, or none");
          shape[i] += more[i];
          continue;
        }
        boolean freed = call.single() && Math.min(shape[i], more[i]) == -1;
        boolean fits = more[i] == shape[i] || freed && Math.max(shape[i], more[i]) == 1;
        call.require(fits, found, "parts that differ along axis " + axis + " alone");
        shape[i] = Math.min(shape[i], more[i]);
      }
    }
    return shape;
  }

  private static List<Value> split(Call call) {
    Flow x = call.settled(0);
    int axis = call.axis(call.whole("axis", 0), x.rank());
    int parts = call.node().outputs().size();
    long size = x.shape()[axis];
    long[] sizes = call.has(1) ? Shapes.sizes(call, 1) : call.wholes("split", (long[]) null);
    String found = Sizes.text(new long[] {size}) + " in parts";
    if (sizes == null) {
      call.require(size >= 0 || size % parts == 0, found + ": " + parts, "parts of each image");
      long each = size < 0 ? size / parts : (size + parts - 1) / parts;
      sizes = new long[parts];
      Arrays.fill(sizes, each);
      sizes[parts - 1] = size - each * (parts - 1);
    }
    call.require(
        sizes.length == parts
            && Arrays.stream(sizes).sum() == size
            && Arrays.stream(sizes).allMatch(each -> each == 0 || each < 0 == size < 0),
        found + " of " + Sizes.text(sizes),
        "parts that make up the whole");
    Nodes nodes = call.nodes();
    Output<?> lengths = nodes.sizes(sizes);
    Output<?> place = nodes.number(x.place(axis));
    Operation made =
        nodes.operation(
            "SplitV",
            builder -> builder.setAttr("num_split", (long) parts),
            builder -> builder.addInput(x.tensor()).addInput(lengths).addInput(place));
    List<Value> outputs = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      long[] shape = x.shape().clone();
      shape[axis] = sizes[i];
      outputs.add(Flow.ordered(made.output(i), x.order(), shape));
    }
    return outputs;
  }

  private static Value slice(Call call) {
    Flow x = call.settled(0);
    Slices slices = Slices.of(call, x.shape());
    return sliced(call, x, slices);
  }

  static Flow sliced(Call call, Flow x, Slices slices) {
    if (Arrays.equals(slices.shape(), x.shape())
        && Arrays.stream(slices.steps()).allMatch(step -> step == 1)) {
      return x;
    }
    int rank = x.rank();
    long[] begin = new long[rank];
    long[] end = new long[rank];
    long[] by = new long[rank];
    long open = 0;
    for (int axis = 0; axis < rank; axis++) {
      int place = x.place(axis);
      long count = slices.shape()[axis];
      by[place] = slices.steps()[axis];
      begin[place] = slices.starts()[axis];
      end[place] = begin[place] + Math.max(0, count) * by[place];
      if (count < 0 || end[place] < 0) { // To the end, whichever way.
        end[place] = 0;
        open |= 1L << place;
      }
    }
    long mask = open;
    Nodes nodes = call.nodes();
    Output<?> cut =
        nodes.op(
            "StridedSlice",
            builder -> builder.setAttr("end_mask", mask),
            x.tensor(),
            nodes.ints(begin),
            nodes.ints(end),
            nodes.ints(by));
    return Flow.ordered(cut, x.order(), slices.shape());
  }

  private static Value gather(Call call) {
    Flow data = call.settled(0);
    int axis = call.axis(call.whole("axis", 0), data.rank());
    if (call.single() && data.shape()[axis] < 0 && call.value(1).rank() > 0) {
      long[] index = call.value(1).shape();
      call.require(
          !Sizes.anyOpen(index), "indices " + Sizes.text(index), "one index of all images");
      Flow split = call.layout().settled(OneImage.split(data, axis));
      return OneImage.joined(gathered(call, split, axis + 1), axis);
    }
    return gathered(call, data, axis);
  }

  private static Flow gathered(Call call, Flow data, int axis) {
    long[] shape = Shapes.gathered(data.shape(), axis, call.value(1).shape());
    if (call.value(1) instanceof Known index && index.rank() == 0) {
      return call.layout().settled(one(call, data, axis, index)).reshaped(shape);
    }
    Nodes nodes = call.nodes();
    Output<?> indices = fromStart(call, call.value(1), data.shape()[axis]);
    Output<?> picked = nodes.op("GatherV2", call.layout().plain(data), indices, nodes.number(axis));
    return Flow.plain(picked, shape);
  }

  /** A slice of one index. */
  private static Flow one(Call call, Flow data, int axis, Known index) {
    long size = data.shape()[axis];
    long[] starts = new long[data.rank()];
    long[] steps = new long[data.rank()];
    long[] shape = data.shape().clone();
    Arrays.fill(steps, 1);
    starts[axis] = knownFromStart(call, index, size).whole(0);
    shape[axis] = 1;
    return sliced(call, data, new Slices(starts, steps, shape));
  }

  /**
   * Indices, of which those below 0 count from the end: TensorFlow does not take these.
   *
   * @param sizes of the axes that the last axis of the indices goes over, or of one
   */
  private static Output<?> fromStart(Call call, Value indices, long... sizes) {
    if (indices instanceof Known known) {
      return call.nodes().constant(knownFromStart(call, known, sizes));
    }
    Output<?> whole = call.layout().plain(call.layout().flow(indices));
    Known ends = Known.ofSizes(sizes);
    return fromStart(call.nodes(), whole, sizes.length == 1 ? ends.reshaped() : ends);
  }

  private static Output<?> fromStart(Nodes nodes, Output<?> indices, Known sizes) {
    Output<?> none = nodes.constant(Known.scalar(indices.dataType(), 0));
    Output<?> all = nodes.cast(nodes.constant(sizes), indices.dataType());
    Output<?> below = nodes.op("Less", indices, none);
    return nodes.op("SelectV2", below, nodes.op("AddV2", indices, all), indices);
  }

  private static Known knownFromStart(Call call, Known indices, long... sizes) {
    call.require(
        !Sizes.anyOpen(sizes) && !indices.anyPerImage(),
        "some of the images of a batch",
        "all of them");
    double[] values = new double[indices.count()];
    Arrays.setAll(values, i -> KnownMoves.index(call, indices, i, sizes[i % sizes.length]));
    return new Known(indices.type(), indices.shape(), values);
  }

  private static Value gatherNd(Call call) {
    call.require(call.whole("batch_dims", 0) == 0, "batch_dims", "an index from the first axis on");
    Flow data = call.settled(0);
    Value indices = call.value(1);
    int rank = indices.rank();
    call.require(rank > 0 && indices.shape()[rank - 1] >= 0, "indices of no length", "indices");
    int length = (int) indices.shape()[rank - 1];
    call.require(length <= data.rank(), "indices of " + length, "no more than the data has axes");
    long[] shape = Arrays.copyOf(indices.shape(), rank - 1 + data.rank() - length);
    System.arraycopy(data.shape(), length, shape, rank - 1, data.rank() - length);
    Output<?> places = fromStart(call, indices, Arrays.copyOf(data.shape(), length));
    Output<?> picked = call.nodes().op("GatherNd", call.layout().plain(data), places);
    return Flow.plain(picked, shape);
  }

  private static Value oneHot(Call call) {
    Flow indices = call.settled(0);
    long depth = call.whole(1);
    Known values = call.known(2);
    int rank = indices.rank() + 1;
    int axis = call.axis(call.whole("axis", -1), rank);
    long[] shape = new long[rank];
    System.arraycopy(indices.shape(), 0, shape, 0, axis);
    shape[axis] = depth;
    System.arraycopy(indices.shape(), axis, shape, axis + 1, rank - 1 - axis);
    Nodes nodes = call.nodes();
    Output<?> whole = nodes.cast(call.layout().plain(indices), DataType.DT_INT64);
    Output<?> vectors =
        nodes.op(
            "OneHot",
            builder -> builder.setAttr("axis", (long) axis),
            fromStart(nodes, whole, Known.scalar(DataType.DT_INT64, depth)),
            nodes.number(depth),
            nodes.constant(values.picked(new long[0], new int[] {1})),
            nodes.constant(values.picked(new long[0], new int[] {0})));
    return Flow.plain(vectors, shape);
  }
}
