package io.github.fdistill.graph;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorShapeProto;

/** How large the numbers of a node's attributes may be: TensorFlow ends the process of some. */
final class AttributeBounds {
  /** Of a convolution or of a window, in pixels. */
  private static final int MOST_STEP = 1 << 16;

  /** Pixels of a window, and of a block that becomes channels. */
  private static final int MOST_PIXELS = 1 << 20;

  private static final int MOST_BATCH_DIMENSIONS = 8;

  /** Values of one tensor. */
  private static final long MOST_VALUES = 1L << 40;

  /** Dimensions of one tensor. TensorFlow ends the process where an op would add one to 254. */
  static final int MOST_DIMENSIONS = 32;

  /** Tensors that a node takes or gives, which TensorFlow makes room for before anything runs. */
  private static final int MOST_TENSORS = 10_000;

  static final String COUNTED = "at most " + MOST_TENSORS + " of them";

  static final String SHAPES =
      "shapes of at most " + MOST_VALUES + " values and " + MOST_DIMENSIONS + " dimensions";

  /** One number for each axis of an image. */
  private static final List<String> STEPS =
      List.of("strides", "dilations", "ksize", "ksizes", "rates");

  /** How many tensors a node takes or gives. */
  private static final List<String> COUNTS = List.of("num", "num_split", "N");

  /** Of an image; an op that takes images has none of the others that TensorFlow lets it say. */
  private static final Set<String> LAYOUTS = Set.of("NHWC", "NCHW");

  /** Of a film, which a batch norm takes as well. */
  private static final Set<String> LAYOUTS_OF_FILMS = Set.of("NDHWC", "NCDHW");

  private static final Set<String> WINDOWS = Set.of("ksize", "ksizes", "rates");

  /** Of 64 bits; the kernels read every other number as one of 32. */
  private static final Set<String> WIDE = Set.of("seed", "seed2");

  private static final AttrValue NONE = AttrValue.getDefaultInstance();

  private AttributeBounds() {}

  /** What to say of a node whose attributes are out of bounds. */
  static Optional<String> objection(NodeDef node) {
    return Stream.concat(Stream.of(node.getAttrMap()), called(node))
        .flatMap(attributes -> attributes.entrySet().stream())
        .flatMap(attribute -> wide(attribute.getKey(), attribute.getValue()).stream())
        .findFirst()
        .or(() -> steps(node))
        .or(() -> paddings(node))
        .or(() -> block(node))
        .or(() -> batchDimensions(node))
        .or(() -> labels(node))
        .or(() -> counts(node))
        .or(() -> layout(node))
        .or(() -> shapes(node));
  }

  /** What is given to the functions that a node calls, for attributes of theirs. */
  private static Stream<Map<String, AttrValue>> called(NodeDef node) {
    return node.getAttrMap().values().stream()
        .flatMap(value -> Library.named(value).stream())
        .map(function -> function.getAttrMap());
  }

  private static Optional<String> wide(String name, AttrValue value) {
    LongStream numbers =
        LongStream.concat(
            LongStream.of(value.getI()), value.getList().getIList().stream().mapToLong(i -> i));
    return WIDE.contains(name)
        ? Optional.empty()
        : numbers
            .filter(number -> number != (int) number)
            .mapToObj(number -> "with " + number + " in its attribute " + name)
            .findFirst();
  }

  private static Optional<String> steps(NodeDef node) {
    double pixels = 1;
    for (String name : STEPS) {
      List<Long> steps = node.getAttrOrDefault(name, NONE).getList().getIList();
      boolean sound = steps.size() == 4;
      for (long step : steps) {
        sound &= step >= 1 && step <= MOST_STEP;
        pixels *= WINDOWS.contains(name) ? step : 1;
      }
      if (node.containsAttr(name) && !(sound && pixels <= MOST_PIXELS)) {
        return Optional.of("with " + name + " " + steps);
      }
    }
    return Optional.empty();
  }

  /** Two for each axis of an image, where the node says that it has its own. */
  private static Optional<String> paddings(NodeDef node) {
    List<Long> paddings = node.getAttrOrDefault("explicit_paddings", NONE).getList().getIList();
    boolean explicit =
        node.getAttrOrDefault("padding", NONE).getS().toStringUtf8().equals("EXPLICIT");
    boolean sound = paddings.stream().allMatch(padding -> padding >= 0 && padding <= MOST_STEP);
    return sound && paddings.size() == (explicit ? 8 : 0)
        ? Optional.empty()
        : Optional.of("with explicit_paddings " + paddings);
  }

  private static Optional<String> block(NodeDef node) {
    long side = node.getAttrOrDefault("block_size", NONE).getI();
    return !node.containsAttr("block_size") || side >= 1 && side * side <= MOST_PIXELS
        ? Optional.empty()
        : Optional.of("with block_size " + side);
  }

  private static Optional<String> batchDimensions(NodeDef node) {
    AttrValue said = node.getAttrOrDefault("batch_dims", NONE);
    long dimensions = said.getI();
    return said.getPlaceholder().isEmpty() && Math.abs(dimensions) <= MOST_BATCH_DIMENSIONS
        ? Optional.empty()
        : Optional.of("with batch_dims " + dimensions);
  }

  /** Every axis that an Einsum gives is one of what it takes. */
  private static Optional<String> labels(NodeDef node) {
    AttrValue said = node.getAttrOrDefault("equation", NONE);
    String equation = said.getS().toStringUtf8() + said.getPlaceholder();
    String[] sides = equation.split("->", -1);
    boolean known =
        !node.containsAttr("equation")
            || sides.length == 2
                && sides[1]
                    .chars()
                    .allMatch(c -> !Character.isLetter(c) || sides[0].indexOf(c) >= 0);
    return known ? Optional.empty() : Optional.of("with the equation '" + equation + "'");
  }

  /** What to say of how many tensors a node takes or gives. */
  static Optional<String> counts(NodeDef node) {
    return COUNTS.stream()
        .filter(node::containsAttr)
        .filter(name -> !isCount(node.getAttrOrThrow(name)))
        .map(name -> "with " + name + " " + node.getAttrOrThrow(name).getI())
        .findFirst();
  }

  private static boolean isCount(AttrValue said) {
    return said.getPlaceholder().isEmpty() && said.getI() >= 0 && said.getI() <= MOST_TENSORS;
  }

  private static Optional<String> layout(NodeDef node) {
    String said = node.getAttrOrDefault("data_format", NONE).getS().toStringUtf8();
    boolean known =
        !node.containsAttr("data_format")
            || LAYOUTS.contains(said)
            || node.getOp().equals("FusedBatchNormV3") && LAYOUTS_OF_FILMS.contains(said);
    return known ? Optional.empty() : Optional.of("with data_format '" + said + "'");
  }

  private static Optional<String> shapes(NodeDef node) {
    return node.getAttrMap().values().stream().flatMap(v -> shapes(v).stream()).findFirst();
  }

  /** Whether a tensor can have a shape; dimensions below 0 are unknown ones. */
  static boolean fits(long... dims) {
    double values = 1;
    for (long dim : dims) {
      values *= Math.max(1, dim);
    }
    return values <= MOST_VALUES && dims.length <= MOST_DIMENSIONS;
  }

  /** What to say of the shapes that an attribute speaks of, or that its tensor has. */
  static Optional<String> shapes(AttrValue value) {
    Stream<TensorShapeProto> one = Stream.of(value.getShape(), value.getTensor().getTensorShape());
    return Stream.concat(one, value.getList().getShapeList().stream())
        .map(shape -> shape.getDimList().stream().mapToLong(dim -> dim.getSize()).toArray())
        .filter(dims -> !fits(dims) || LongStream.of(dims).anyMatch(dim -> dim < -1))
        .map(dims -> "with the shape " + LongStream.of(dims).boxed().toList())
        .findFirst();
  }
}
