package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.Shown;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.ClassInput;
import io.github.fdistill.config.ConstantInput;
import io.github.fdistill.config.Layout;
import io.github.fdistill.config.TimeEmbedding;
import io.github.fdistill.data.NpyTable;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.graph.DataTypes;
import io.github.fdistill.savedmodel.SavedModel;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.logging.log4j.Logger;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorInfo;

/**
 * A signature of a SavedModel that was made for other programs, and what a mapping says goes into
 * its inputs. Whatever does not fit is refused here, before anything is built.
 */
final class ForeignSignature {
  private static final Logger LOG = Logs.of(ForeignSignature.class);
  private static final Set<DataType> WHOLE = Set.of(DataType.DT_INT32, DataType.DT_INT64);
  private static final Set<DataType> FRACTIONS = DataTypes.FLOATING;

  private final SavedModel model;
  private final String name;
  private final ForeignTensors tensors;
  private final String where;
  private final Map<String, ForeignInput> inputs = new LinkedHashMap<>();

  /** How many images a call has; 0: any number. */
  private int batch;

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
          "'" + name + "'",
          "one of its signatures: " + model.signatures(),
          "name one of them");
    }
    this.tensors = new ForeignTensors(name, model.signature(name), where);
  }

  SavedModel model() {
    return model;
  }

  String name() {
    return name;
  }

  /** How many images a call takes, where that is fixed, or one time is for all; 0: any number. */
  int batch() {
    return batch;
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
   * @param open their height and width where the input leaves them open; 0: not said
   * @return their shape [H,W,C]
   */
  Shape images(String field, String input, Layout layout, int... open) {
    TensorInfo info = take(field, input, FRACTIONS);
    long[] dims = ForeignTensors.dims(info);
    boolean images = dims != null && dims.length == 4;
    int first = layout == Layout.NHWC ? 1 : 2;
    for (int side = 0; images && side < open.length; side++) {
      if (dims[first + side] < 0 && open[side] > 0) {
        dims[first + side] = open[side];
      }
      requireShape(
          open[side] <= 0 || dims[first + side] == open[side],
          side == 0 ? "height" : "width",
          input,
          dims,
          "the height and width that the mapping says, or open ones");
    }
    boolean fixed = open.length > 0 && images && dims[0] > 0;
    if (fixed) {
      batch = (int) Math.min(dims[0], Integer.MAX_VALUE);
    }
    boolean fits = images && (dims[0] < 0 || fixed) && dims[1] > 0 && dims[2] > 0 && dims[3] > 0;
    String needed =
        layout == Layout.NHWC ? "[-1, height, width, channels]" : "[-1, channels, height, width]";
    String size = open.length > 0 ? "fixed, or said by height and width of the mapping" : "fixed";
    requireShape(fits, field, input, dims, needed + ": any batch size, the rest " + size);
    inputs.put(input, new ForeignInput.Images(info.getDtype(), layout));
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
    TensorInfo info = take(field, input, FRACTIONS);
    long[] dims = ForeignTensors.dims(info);
    if (dims != null && dims.length == 2 && dims[0] < 0 && dims[1] > 0) {
      inputs.put(input, new ForeignInput.Vectors(info.getDtype(), dims[1]));
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
    boolean one =
        !info.getTensorShape().getUnknownRank() && info.getTensorShape().getDimCount() == 0;
    if (one) {
      requireOneTime(field, input, info);
      batch = 1;
    }
    long[] dims = one ? new long[0] : rows(field, input, info);
    inputs.put(input, new ForeignInput.Times(info.getDtype(), dims));
    return WHOLE.contains(info.getDtype());
  }

  private void requireOneTime(String field, String input, TensorInfo info) {
    requireShape(
        batch <= 1,
        field,
        input,
        ForeignTensors.dims(info),
        "a time for each image, where it takes " + batch + " images at once");
  }

  /** An embedding of times goes into an input. */
  void waves(String field, String input, TimeEmbedding waves) {
    TensorInfo info = take(field, input, FRACTIONS);
    long[] dims = ForeignTensors.dims(info);
    int said = waves.getDimension();
    boolean fits = dims != null && dims.length == 2 && (dims[0] < 0 || dims[0] == batch);
    long size = fits && dims[1] > 0 ? dims[1] : said;
    requireShape(
        fits && size > 0 && size % 2 == 0 && size < 1 << 20 && (said == 0 || said == size),
        field,
        input,
        dims,
        "[-1, D], D even" + (said == 0 ? "" : ", and " + said + " as the mapping says"));
    double period = waves.getLongestPeriod();
    double shift = waves.getShift();
    boolean possible = period > 1 && Double.isFinite(period) && shift < size / 2 && shift > -1e6;
    if (!possible) {
      throw new InputException(
          where + ".time_embedding",
          "longest_period " + period + ", shift " + shift,
          "a period above 1, and a shift below " + size / 2,
          "take the numbers that the network learnt with, such as 10000 and 0");
    }
    boolean sinesFirst = waves.getOrder() == TimeEmbedding.Order.SIN_COS;
    inputs.put(
        input, new ForeignInput.Waves(info.getDtype(), (int) size, period, shift, sinesFirst));
  }

  /**
   * Classes go into an input, as numbers or as one-hot vectors.
   *
   * @param classes how many there are; 0 or less: not known
   */
  void labels(String field, String input, int classes) {
    Set<DataType> types = new TreeSet<>(WHOLE);
    types.addAll(FRACTIONS);
    TensorInfo info = take(field, input, types);
    if (WHOLE.contains(info.getDtype())) {
      inputs.put(input, new ForeignInput.Labels(info.getDtype(), rows(field, input, info)));
      return;
    }
    long[] dims = ForeignTensors.dims(info);
    boolean fits =
        dims != null && dims.length == 2 && (dims[0] < 0 || dims[0] == batch) && dims[1] > 0;
    String many = classes > 0 ? " for " + classes + " classes" : "";
    requireShape(
        fits && (classes <= 0 || dims[1] == classes || dims[1] == classes + 1L),
        field,
        input,
        dims,
        "[-1, K], a one-hot vector" + many + " (or one more, for \"no class\")");
    inputs.put(input, new ForeignInput.OneHot(info.getDtype(), (int) dims[1]));
  }

  /**
   * A condition goes into the input of its own name.
   *
   * @return what a row of it is
   */
  Conditioning.Input condition(String field, String input) {
    TensorInfo info = take(field, input, Set.of(DataType.DT_FLOAT, DataType.DT_INT32));
    long[] dims = ForeignTensors.dims(info);
    boolean fits =
        dims != null
            && dims.length > 0
            && (dims[0] < 0 || dims[0] == batch)
            && Arrays.stream(dims).skip(1).allMatch(d -> d > 0);
    requireShape(fits, field, input, dims, "[-1, ...]: a row of fixed shape for each image");
    inputs.put(input, new ForeignInput.Same(input));
    return new Conditioning.Input(input, info.getDtype(), Shape.of(dims).tail(), List.of());
  }

  /**
   * A value for each class goes into an input.
   *
   * @param classes how many there are; 0 or less: not known
   */
  void byClass(ClassInput said, int classes) {
    String field = "by_class";
    TensorInfo info = take(field, said.getInput(), FRACTIONS);
    if (said.getFile().isEmpty() || classes <= 0) {
      throw new InputException(
          where + "." + field,
          said.getFile().isEmpty() ? "no file" : "of a model whose number of classes is not said",
          "file: a .npy, and classes: how many there are",
          "say both");
    }
    NpyTable table = NpyTable.read(RegularFile.beside(model.folder(), said.getFile()));
    long[] shape = table.shape();
    long[] dims = ForeignTensors.dims(info);
    boolean fits = dims == null || dims.length == shape.length && (dims[0] < 0 || dims[0] == batch);
    for (int i = 1; fits && dims != null && i < dims.length; i++) {
      fits = dims[i] < 0 || dims[i] == shape[i];
    }
    requireShape(
        fits,
        field,
        said.getInput(),
        dims,
        "[-1, ...] as a row of " + said.getFile() + ", which has shape " + Arrays.toString(shape));
    if (shape[0] != classes + 1L) {
      throw new InputException(
          where + "." + field + ": " + said.getFile(),
          shape[0] + " rows",
          classes + 1 + ": one for each class, and the last for none",
          "add the row of no class, such as the embedding of an empty text");
    }
    inputs.put(said.getInput(), new ForeignInput.ByClass(info.getDtype(), table));
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
          where + "." + field + " for " + ForeignTensors.describe(constant.getInput(), info),
          found,
          isFlag ? "flag: true or flag: false" : "number: and " + whatNumber,
          "give it such a value");
    }
    if (constant.getFlag() && model.isSwitchedOff(name, constant.getInput())) {
      throw new InputException(
          where + "." + field + " for " + ForeignTensors.describe(constant.getInput(), info),
          "flag: true",
          "flag: false; a network is trained and drawn from in inference mode, and its switches of"
              + " training mode are off",
          "say false, or leave the constant out");
    }
    long[] dims = ForeignTensors.dims(info);
    boolean rest = dims == null || Arrays.stream(dims).skip(1).allMatch(d -> d > 0);
    requireShape(rest, field, constant.getInput(), dims, "fixed dimensions after the first");
    double value = isFlag ? (constant.getFlag() ? 1 : 0) : constant.getNumber();
    ForeignTensors.doubt(constant.getInput(), dims, value)
        .ifPresent(doubt -> LOG.warn("{}.constant: {}", where, Shown.name(doubt)));
    inputs.put(
        constant.getInput(),
        new ForeignInput.Constant(info.getDtype(), dims == null ? new long[0] : dims, value));
  }

  /**
   * Refuses a call that leaves out an input, and warns of a constant that changes nothing.
   *
   * @param used the inputs that what is wanted depends on
   */
  void requireGiven(Set<String> used) {
    Set<String> missing = new TreeSet<>(used);
    missing.removeAll(inputs.keySet());
    tensors.requireNone(missing);
    inputs.forEach(
        (input, what) -> {
          boolean idle = what instanceof ForeignInput.Constant && !used.contains(input);
          if (idle && !model.isSwitchedOff(name, input)) {
            LOG.warn(
                "{}.constant: nothing that is asked of the network depends on {}; leave it out",
                where,
                Shown.name(input));
          }
        });
  }

  /** The output of that name, or the only one where none is named. */
  String output(String field, String wanted) {
    return tensors.output(field, wanted);
  }

  /** The tensor of an output in the flat graph; nothing where there is no such output. */
  Optional<String> outputTensor(String output) {
    return model.outputTensor(name, output);
  }

  private TensorInfo take(String field, String input, Set<DataType> types) {
    return tensors.take(field, input, types, inputs.keySet());
  }

  /** The shape of numbers, one for each image, with all but the rows 1. */
  private long[] rows(String field, String input, TensorInfo info) {
    long[] dims = ForeignTensors.dims(info);
    boolean fits =
        dims == null
            || dims.length >= 1
                && (dims[0] < 0 || dims[0] == batch)
                && Arrays.stream(dims).skip(1).allMatch(d -> d == 1);
    requireShape(fits, field, input, dims, "[-1] (or [-1, 1] and so on): one for each image");
    return dims == null ? new long[] {-1} : dims;
  }

  private void requireShape(boolean fits, String field, String input, long[] dims, String needed) {
    tensors.requireShape(fits, field, input, dims, needed);
  }
}
