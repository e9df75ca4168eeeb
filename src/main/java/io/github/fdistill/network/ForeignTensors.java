package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.DataTypes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/**
 * What a signature says of its tensors, and what to say where that does not fit.
 *
 * @param name of the signature
 * @param where the mapping stands, for messages
 */
record ForeignTensors(String name, SignatureDef signature, String where) {

  /**
   * An input that nothing goes into yet.
   *
   * @param types that it may have
   * @param taken those that something goes into
   */
  TensorInfo take(String field, String input, Set<DataType> types, Set<String> taken) {
    TensorInfo info = signature.getInputsMap().get(input);
    if (info == null) {
      throw new InputException(
          where + "." + field,
          input.isEmpty() ? "nothing" : "'" + input + "'",
          "an input of signature '" + name + "': " + described(signature.getInputsMap()),
          "name one of them");
    }
    if (taken.contains(input)) {
      throw new InputException(
          where + "." + field,
          "the input '" + input + "', which is taken already",
          "an input of its own",
          "name another of " + described(signature.getInputsMap()));
    }
    if (!types.contains(info.getDtype())) {
      throw new InputException(
          where + "." + field,
          "the input " + describe(input, info),
          types.size() == 1 ? "" + types.iterator().next() : "one of " + types,
          "name another input, or export the model with that type");
    }
    return info;
  }

  /** The output of that name, or the only one where none is named. */
  String output(String field, String wanted) {
    Map<String, TensorInfo> outputs = signature.getOutputsMap();
    if (wanted.isEmpty() && outputs.size() == 1) {
      return outputs.keySet().iterator().next();
    }
    if (!outputs.containsKey(wanted)) {
      throw new InputException(
          where + "." + field,
          wanted.isEmpty() ? "nothing" : "'" + wanted + "'",
          "an output of signature '" + name + "': " + described(outputs),
          "name one of them");
    }
    if (!DataTypes.FLOATING.contains(outputs.get(wanted).getDtype())) {
      throw new InputException(
          where + "." + field,
          "the output " + describe(wanted, outputs.get(wanted)),
          "one of " + DataTypes.FLOATING,
          "name another output, or export the model with that type");
    }
    return wanted;
  }

  /**
   * What to say of an input that has one value in every element, where that may be no sense.
   *
   * @param dims of the input; null of an unknown rank
   */
  static Optional<String> doubt(String input, long[] dims, double value) {
    boolean words = dims != null && dims.length == 3 && dims[2] > 1;
    return words
        ? Optional.of(
            "'"
                + input
                + "' "
                + text(dims)
                + " is "
                + value
                + " everywhere; if it is for the words of a text, that is no empty text: give it the"
                + " embedding of one, by_class { input: \""
                + input
                + "\" file: \"FILE.npy\" }")
        : Optional.empty();
  }

  /** Refuses inputs that nothing goes into. */
  void requireNone(Set<String> missing) {
    if (!missing.isEmpty()) {
      List<String> described = new ArrayList<>();
      missing.forEach(m -> described.add(describe(m, signature.getInputsOrThrow(m))));
      throw new InputException(
          where,
          "nothing for " + String.join(", ", described) + ", which the signature takes too",
          "something for each input",
          "name it, or add by_row: \""
              + missing.iterator().next()
              + "\" for what differs from image to image, or constant { input: \""
              + missing.iterator().next()
              + "\" number: ... }");
    }
  }

  /** Refuses an input whose shape does not fit. */
  void requireShape(boolean fits, String field, String input, long[] dims, String needed) {
    if (!fits) {
      throw new InputException(
          where + "." + field,
          "the input '" + input + "' has shape " + (dims == null ? "unknown" : text(dims)),
          needed,
          "name another input, or export the model with that shape");
    }
  }

  private static String text(long[] dims) {
    return Arrays.toString(dims);
  }

  /** Null of an unknown rank. */
  static long[] dims(TensorInfo info) {
    return info.getTensorShape().getUnknownRank()
        ? null
        : info.getTensorShape().getDimList().stream().mapToLong(d -> d.getSize()).toArray();
  }

  /** A tensor in words: its name, shape and type. */
  static String describe(String name, TensorInfo info) {
    long[] dims = dims(info);
    return name + " " + (dims == null ? "[...]" : text(dims)) + " " + info.getDtype();
  }

  private static String described(Map<String, TensorInfo> tensors) {
    List<String> all = new ArrayList<>();
    tensors.keySet().stream().sorted().forEach(n -> all.add(describe(n, tensors.get(n))));
    return String.join("; ", all);
  }
}
