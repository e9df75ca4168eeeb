package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.ConstantInput;
import io.github.fdistill.config.Layout;
import io.github.fdistill.savedmodel.SavedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/**
 * A signature of a SavedModel that was made for other programs, and what a mapping says goes into
 * its inputs. Whatever does not fit is refused here, before anything is built.
 */
final class ForeignSignature {
  private static final Set<DataType> WHOLE = Set.of(DataType.DT_INT32, DataType.DT_INT64);
  private static final Set<DataType> FRACTIONS = Set.of(DataType.DT_FLOAT, DataType.DT_DOUBLE);

  private final SavedModel model;
  private final String name;
  private final SignatureDef signature;
  private final String where;
  private final Map<String, ForeignInput> inputs = new LinkedHashMap<>();

  /**
   * A function of the model's objects, or a signature.
   *
   * @param function empty: the signature
   * @param where the mapping stands, for messages
   * @throws InputException when the model has no such function or signature
   */
  static ForeignSignature of(SavedModel model, String function, String signature, String where) {
    if (function.isEmpty()) {
      return new ForeignSignature(model, signature, where);
    }
    try {
      SavedModel with = model.withFunction(function);
      return new ForeignSignature(with, SavedModel.signatureOf(function), where);
    } catch (InputException e) {
      throw e.at(where + ".function: '" + function + "'");
    }
  }

  private ForeignSignature(SavedModel model, String name, String where) {
    this.model = model;
    this.name = name;
    this.where = where;
    if (!model.signatures().contains(name)) {
      throw new InputException(
          where + ".signature",
          "'" + name + "', which " + model.folder() + " has not",
          "one of its signatures: " + model.signatures(),
          "name one of them");
    }
    this.signature = model.signature(name);
  }

  SavedModel model() {
    return model;
  }

  String name() {
    return name;
  }

  /** What goes into the inputs of a call, by their names. */
  Map<String, Operand<?>> arguments(ForeignInput.Call call) {
    Map<String, Operand<?>> arguments = new LinkedHashMap<>();
    inputs.forEach((input, what) -> arguments.put(input, what.of(call)));
    return arguments;
  }

  /**
   * Images go into an input.
   *
   * @return their shape [H,W,C]
   */
  Shape images(String field, String input, Layout layout) {
    long[] dims = dims(take(field, input, Set.of(DataType.DT_FLOAT)));
    boolean fits =
        dims != null
            && dims.length == 4
            && dims[0] < 0
            && dims[1] > 0
            && dims[2] > 0
            && dims[3] > 0;
    String needed =
        layout == Layout.NHWC ? "[-1, height, width, channels]" : "[-1, channels, height, width]";
    requireShape(fits, field, input, dims, needed + ": any batch size, the rest fixed");
    inputs.put(input, new ForeignInput.Images(layout));
    return layout == Layout.NHWC
        ? Shape.of(dims[1], dims[2], dims[3])
        : Shape.of(dims[2], dims[3], dims[1]);
  }

  /**
   * Noise goes into an input, as images or as vectors.
   *
   * @return its shape [h,w,c]; of vectors [1,1,d]
   */
  Shape noise(String field, String input, Layout layout) {
    long[] dims = dims(take(field, input, Set.of(DataType.DT_FLOAT)));
    if (dims != null && dims.length == 2 && dims[0] < 0 && dims[1] > 0) {
      inputs.put(input, new ForeignInput.Vectors(dims[1]));
      return Shape.of(1, 1, dims[1]);
    }
    inputs.remove(input);
    return images(field, input, layout);
  }

  /**
   * Times go into an input.
   *
   * @return whether they are whole numbers
   */
  boolean times(String field, String input) {
    Set<DataType> types = new TreeSet<>(WHOLE);
    types.addAll(FRACTIONS);
    TensorInfo info = take(field, input, types);
    inputs.put(input, new ForeignInput.Times(info.getDtype(), rows(field, input, info)));
    return WHOLE.contains(info.getDtype());
  }

  /**
   * Classes go into an input, as numbers or as one-hot vectors.
   *
   * @param classes how many there are; 0 or less: not known
   */
  void labels(String field, String input, int classes) {
    Set<DataType> types = new TreeSet<>(WHOLE);
    types.add(DataType.DT_FLOAT);
    TensorInfo info = take(field, input, types);
    if (WHOLE.contains(info.getDtype())) {
      inputs.put(input, new ForeignInput.Labels(info.getDtype(), rows(field, input, info)));
      return;
    }
    long[] dims = dims(info);
    boolean fits = dims != null && dims.length == 2 && dims[0] < 0 && dims[1] > 0;
    String many = classes > 0 ? " for " + classes + " classes" : "";
    requireShape(
        fits && (classes <= 0 || dims[1] == classes || dims[1] == classes + 1L),
        field,
        input,
        dims,
        "[-1, K], a one-hot vector" + many + " (or one more, for \"no class\")");
    inputs.put(input, new ForeignInput.OneHot((int) dims[1]));
  }

  /**
   * A condition goes into the input of its own name.
   *
   * @return what a row of it is
   */
  Conditioning.Input condition(String input) {
    TensorInfo info = take("condition", input, Set.of(DataType.DT_FLOAT, DataType.DT_INT32));
    long[] dims = dims(info);
    boolean fits =
        dims != null
            && dims.length > 0
            && dims[0] < 0
            && Arrays.stream(dims).skip(1).allMatch(d -> d > 0);
    requireShape(fits, "condition", input, dims, "[-1, ...]: a row of fixed shape for each image");
    inputs.put(input, new ForeignInput.Same(input));
    return new Conditioning.Input(input, info.getDtype(), Shape.of(dims).tail(), List.of());
  }

  /** A constant goes into an input. */
  void constant(ConstantInput constant) {
    String field = "constant";
    Set<DataType> numbers = new TreeSet<>(WHOLE);
    numbers.addAll(FRACTIONS);
    numbers.add(DataType.DT_BOOL);
    TensorInfo info = take(field, constant.getInput(), numbers);
    boolean isFlag = info.getDtype() == DataType.DT_BOOL;
    boolean whole = constant.getNumber() == Math.rint(constant.getNumber());
    boolean fits =
        switch (constant.getValueCase()) {
          case FLAG -> isFlag;
          case NUMBER -> !isFlag && (whole || FRACTIONS.contains(info.getDtype()));
          case VALUE_NOT_SET -> false;
        };
    if (!fits) {
      String found =
          switch (constant.getValueCase()) {
            case FLAG -> "flag: " + constant.getFlag();
            case NUMBER -> "number: " + constant.getNumber();
            case VALUE_NOT_SET -> "no value";
          };
      String whatNumber = WHOLE.contains(info.getDtype()) ? "a whole number" : "a number";
      throw new InputException(
          where + "." + field + " for " + describe(constant.getInput(), info),
          found,
          isFlag ? "flag: true or flag: false" : "number: and " + whatNumber,
          "give it such a value");
    }
    if (constant.getFlag() && model.isSwitchedOff(name, constant.getInput())) {
      throw new InputException(
          where + "." + field + " for " + describe(constant.getInput(), info),
          "flag: true",
          "flag: false; a network is trained and drawn from in inference mode, and its switches of"
              + " training mode are off",
          "say false, or leave the constant out");
    }
    long[] dims = dims(info);
    boolean rest = dims == null || Arrays.stream(dims).skip(1).allMatch(d -> d > 0);
    requireShape(rest, field, constant.getInput(), dims, "fixed dimensions after the first");
    double value = isFlag ? (constant.getFlag() ? 1 : 0) : constant.getNumber();
    inputs.put(
        constant.getInput(),
        new ForeignInput.Constant(info.getDtype(), dims == null ? new long[0] : dims, value));
  }

  /**
   * Refuses a call that leaves out an input.
   *
   * @param used the inputs that what is wanted depends on
   */
  void requireGiven(Set<String> used) {
    Set<String> missing = new TreeSet<>(used);
    missing.removeAll(inputs.keySet());
    if (!missing.isEmpty()) {
      List<String> described = new ArrayList<>();
      missing.forEach(m -> described.add(describe(m, signature.getInputsOrThrow(m))));
      throw new InputException(
          where,
          "nothing for " + String.join(", ", described) + ", which the signature takes too",
          "something for each input",
          "name it, or add constant { input: \"" + missing.iterator().next() + "\" number: ... }");
    }
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
    if (outputs.get(wanted).getDtype() != DataType.DT_FLOAT) {
      throw new InputException(
          where + "." + field,
          "the output " + describe(wanted, outputs.get(wanted)),
          "DT_FLOAT",
          "export the model with that output in float32");
    }
    return wanted;
  }

  /** The tensor of an output in the flat graph; nothing where there is no such output. */
  Optional<String> outputTensor(String output) {
    return model.outputTensor(name, output);
  }

  private TensorInfo take(String field, String input, Set<DataType> types) {
    TensorInfo info = signature.getInputsMap().get(input);
    if (info == null) {
      throw new InputException(
          where + "." + field,
          input.isEmpty() ? "nothing" : "'" + input + "'",
          "an input of signature '" + name + "': " + described(signature.getInputsMap()),
          "name one of them");
    }
    if (inputs.containsKey(input)) {
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

  /** The shape of numbers, one for each image, with all but the rows 1. */
  private long[] rows(String field, String input, TensorInfo info) {
    long[] dims = dims(info);
    boolean fits =
        dims == null
            || dims.length >= 1 && dims[0] < 0 && Arrays.stream(dims).skip(1).allMatch(d -> d == 1);
    requireShape(fits, field, input, dims, "[-1] (or [-1, 1] and so on): one for each image");
    return dims == null ? new long[] {-1} : dims;
  }

  private void requireShape(boolean fits, String field, String input, long[] dims, String needed) {
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

  private static String describe(String name, TensorInfo info) {
    long[] dims = dims(info);
    return name + " " + (dims == null ? "[...]" : text(dims)) + " " + info.getDtype();
  }

  private static String described(Map<String, TensorInfo> tensors) {
    List<String> all = new ArrayList<>();
    tensors.keySet().stream().sorted().forEach(n -> all.add(describe(n, tensors.get(n))));
    return String.join("; ", all);
  }
}
