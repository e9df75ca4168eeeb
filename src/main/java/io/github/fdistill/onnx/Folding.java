package io.github.fdistill.onnx;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import org.tensorflow.proto.DataType;

/**
 * Computes at import what follows from shapes and constants: number by number. Where a result would
 * hold N otherwise than as a multiple, or is large, nothing is folded.
 */
final class Folding {
  private static final Map<String, DoubleUnaryOperator> OF_ONE =
      Map.ofEntries(
          Map.entry("Abs", Math::abs),
          Map.entry("Neg", a -> -a),
          Map.entry("Sqrt", Math::sqrt),
          Map.entry("Exp", Math::exp),
          Map.entry("Log", Math::log),
          Map.entry("Floor", Math::floor),
          Map.entry("Ceil", Math::ceil),
          Map.entry("Round", Math::rint),
          Map.entry("Reciprocal", a -> 1 / a),
          Map.entry("Sin", Math::sin),
          Map.entry("Cos", Math::cos),
          Map.entry("Sign", Math::signum),
          Map.entry("Not", a -> a == 0 ? 1 : 0));

  /** Those that a whole multiple of N passes. */
  private static final Set<String> ROUNDING = Set.of("Floor", "Ceil", "Round");

  private static final Set<String> OF_TWO =
      Set.of(
          "Add",
          "Sub",
          "Mul",
          "Div",
          "Mod",
          "Pow",
          "Min",
          "Max",
          "And",
          "Or",
          "Xor",
          "Equal",
          "Less",
          "LessOrEqual",
          "Greater",
          "GreaterOrEqual");

  private Folding() {}

  /** What a node gives, if it can be computed now. */
  static Optional<List<Value>> of(Call call) {
    String op = call.node().op();
    if (op.equals("Shape")) {
      return Optional.of(List.of(shape(call)));
    }
    boolean known =
        !call.inputs().isEmpty()
            && call.inputs().stream().allMatch(value -> value == null || value instanceof Known);
    if (!known) {
      return Optional.empty();
    }
    if (OF_ONE.containsKey(op)) {
      return one(ofOne(call.known(0), op));
    } else if (OF_TWO.contains(op) && call.inputs().size() == 2) {
      return one(ofTwo(call, call.known(0), call.known(1)));
    }
    return switch (op) {
      case "Size" -> one(size(call.value(0)));
      case "Cast" -> one(cast(call, call.known(0)));
      case "Where" -> one(where(call.known(0), call.known(1), call.known(2)));
      default -> KnownMoves.of(call);
    };
  }

  private static Optional<List<Value>> one(Known known) {
    return known == null ? Optional.empty() : Optional.of(List.of(known));
  }

  private static Known shape(Call call) {
    long[] shape = call.value(0).shape();
    int rank = shape.length;
    int start = clamp(call.whole("start", 0), rank);
    int end = clamp(call.whole("end", rank), rank);
    return Known.ofSizes(java.util.Arrays.copyOfRange(shape, start, Math.max(start, end)));
  }

  private static int clamp(long index, int rank) {
    return (int) Math.max(0, Math.min(rank, index < 0 ? index + rank : index));
  }

  private static Known size(Value value) {
    var product = Sizes.product(value.shape());
    return product.isPresent() ? Known.ofSizes(product.getAsLong()).reshaped() : null;
  }

  private static Known ofOne(Known a, String op) {
    DoubleUnaryOperator formula = OF_ONE.get(op);
    double[] values = new double[a.count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = rounded(formula.applyAsDouble(a.values()[i]), a.type());
      boolean same = op.equals("Abs") || ROUNDING.contains(op) && values[i] == a.values()[i];
      if (a.perImage()[i] && !same) {
        return null;
      }
    }
    return new Known(a.type(), a.shape(), values, a.perImage());
  }

  /** As a number of this type. */
  static double rounded(double value, DataType type) {
    return type == DataType.DT_FLOAT ? (float) value : value;
  }

  private static Known cast(Call call, Known a) {
    ElementType to = Elementwise.castTo(call);
    boolean fraction = to.becomes() == DataType.DT_FLOAT;
    double[] values = a.values().clone();
    boolean[] perImage = a.perImage().clone();
    for (int i = 0; i < values.length; i++) {
      if (perImage[i] && !fraction && (to.isNarrow() || values[i] != Math.rint(values[i]))) {
        return null;
      }
      values[i] = cast(values[i], a.type(), to.becomes());
      perImage[i] &= to != ElementType.BOOL;
    }
    return new Known(to.becomes(), a.shape(), values, perImage);
  }

  /** Fractions that are no whole numbers of a type become its least one. */
  private static double cast(double value, DataType from, DataType to) {
    boolean fraction = from == DataType.DT_FLOAT;
    return switch (to) {
      case DT_FLOAT -> (float) value;
      case DT_BOOL -> value != 0 ? 1 : 0;
      case DT_INT32 -> {
        boolean fits = value > Integer.MIN_VALUE - 1.0 && value < Integer.MAX_VALUE + 1.0;
        yield fits ? (int) value : fraction ? Integer.MIN_VALUE : (int) (long) value;
      }
      default -> {
        boolean fits = !fraction || Math.abs(value) < 0x1p63;
        yield !fits ? Long.MIN_VALUE : Math.abs(value) < 0x1p52 ? (long) value : value;
      }
    };
  }

  private static Known ofTwo(Call call, Known a, Known b) {
    long[] shape = Sizes.broadcast(a.shape(), b.shape());
    call.require(
        shape != null,
        "sizes " + Sizes.text(a.shape()) + " and " + Sizes.text(b.shape()),
        "sizes that fit each other");
    int count = KnownMoves.count(shape);
    if (count < 0) {
      return null;
    }
    String op = call.node().op();
    boolean truth = op.startsWith("Less") || op.startsWith("Greater") || op.equals("Equal");
    DataType type = truth ? DataType.DT_BOOL : a.type();
    double[] values = new double[count];
    boolean[] perImage = new boolean[count];
    for (int i = 0; i < count; i++) {
      int left = KnownMoves.repeated(i, shape, a.shape());
      int right = KnownMoves.repeated(i, shape, b.shape());
      double x = a.values()[left];
      double y = b.values()[right];
      boolean xPer = a.perImage()[left];
      boolean yPer = b.perImage()[right];
      Double value = xPer || yPer ? ofSizes(op, x, xPer, y, yPer) : ofTwo(call, a.type(), x, y);
      if (value == null) {
        return null;
      }
      values[i] = rounded(value, type);
      boolean ratio = op.equals("Div") && xPer && yPer;
      perImage[i] = type != DataType.DT_BOOL && !ratio && values[i] != 0;
      perImage[i] &= xPer || yPer;
    }
    return new Known(type, shape, values, perImage);
  }

  /** Of numbers of which one or both are multiples of N; null where the result is none. */
  private static Double ofSizes(String op, double x, boolean xPer, double y, boolean yPer) {
    boolean both = xPer && yPer;
    return switch (op) {
      case "Mul" -> both ? null : Double.valueOf(x * y);
      case "Add" -> both || x == 0 || y == 0 ? Double.valueOf(x + y) : null;
      case "Sub" -> both && x >= y || y == 0 ? Double.valueOf(x - y) : null;
      case "Div" -> (both || xPer) && x % y == 0 ? Double.valueOf(x / y) : null;
      case "Min", "Max" ->
          both ? Double.valueOf(op.equals("Min") ? Math.min(x, y) : Math.max(x, y)) : null;
      default -> compared(op, x, xPer, y, yPer);
    };
  }

  /** N is above 0, and no more is known of it: its multiple is beside what has not its sign. */
  private static Double compared(String op, double x, boolean xPer, double y, boolean yPer) {
    boolean both = xPer && yPer;
    double multiple = xPer ? x : y;
    if (!both && multiple * (xPer ? y : x) > 0) {
      return null;
    }
    int sign = both ? Double.compare(x, y) : xPer == multiple > 0 ? 1 : -1;
    boolean holds =
        switch (op) {
          case "Equal" -> sign == 0;
          case "Less" -> sign < 0;
          case "LessOrEqual" -> sign <= 0;
          case "Greater" -> sign > 0;
          case "GreaterOrEqual" -> sign >= 0;
          default -> false;
        };
    boolean known = op.equals("Equal") || op.startsWith("Less") || op.startsWith("Greater");
    return known ? Double.valueOf(holds ? 1 : 0) : null;
  }

  private static Double ofTwo(Call call, DataType type, double x, double y) {
    boolean whole = type != DataType.DT_FLOAT;
    boolean cut = call.whole("fmod", 0) == 1;
    call.require(
        !(whole && y == 0 && (call.node().op().equals("Div") || call.node().op().equals("Mod"))),
        "a whole number by 0",
        "another divisor");
    return switch (call.node().op()) {
      case "Add" -> x + y;
      case "Sub" -> x - y;
      case "Mul" -> x * y;
      case "Div" -> whole ? (x - x % y) / y : x / y;
      case "Mod" -> cut ? x % y : x - y * Math.floor(x / y);
      case "Pow" -> whole ? (double) (long) Math.pow(x, y) : Math.pow(x, y);
      case "Min" -> Math.min(x, y);
      case "Max" -> Math.max(x, y);
      default -> truth(call.node().op(), x, y) ? 1.0 : 0.0;
    };
  }

  private static boolean truth(String op, double x, double y) {
    return switch (op) {
      case "And" -> x != 0 && y != 0;
      case "Or" -> x != 0 || y != 0;
      case "Xor" -> x != 0 ^ y != 0;
      case "Equal" -> x == y;
      case "Less" -> x < y;
      case "LessOrEqual" -> x <= y;
      case "Greater" -> x > y;
      default -> x >= y;
    };
  }

  private static Known where(Known condition, Known a, Known b) {
    long[] values = Sizes.broadcast(a.shape(), b.shape());
    long[] shape = values == null ? null : Sizes.broadcast(condition.shape(), values);
    int count = shape == null ? -1 : KnownMoves.count(shape);
    if (count < 0) {
      return null;
    }
    double[] picked = new double[count];
    boolean[] perImage = new boolean[count];
    for (int i = 0; i < count; i++) {
      int c = KnownMoves.repeated(i, shape, condition.shape());
      Known from = condition.values()[c] != 0 ? a : b;
      int at = KnownMoves.repeated(i, shape, from.shape());
      picked[i] = from.values()[at];
      perImage[i] = from.perImage()[at];
    }
    return new Known(a.type(), shape, picked, perImage);
  }
}
