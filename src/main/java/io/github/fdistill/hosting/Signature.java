package io.github.fdistill.hosting;

import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.TensorProtos;
import io.grpc.Status;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * A signature of a SavedModel, and what a request to it must be like.
 *
 * @param inputs by name, sorted
 * @param outputs by name, sorted
 * @param defaults of inputs that a request may leave out, by name
 */
public record Signature(
    String name,
    Map<String, TensorInfo> inputs,
    Map<String, TensorInfo> outputs,
    Map<String, TensorProto> defaults) {
  public static Signature of(String name, SignatureDef definition) {
    return new Signature(
        name,
        new TreeMap<>(definition.getInputsMap()),
        new TreeMap<>(definition.getOutputsMap()),
        definition.getDefaultsMap());
  }

  /**
   * The signature of this name, or what is kept of it; of the empty name, the default one.
   *
   * @throws ApiException with this code when there is none
   */
  public static <T> T named(Map<String, T> signatures, String name, Status.Code code) {
    String wanted = name.isEmpty() ? "serving_default" : name;
    T signature = signatures.get(wanted);
    if (signature == null) {
      throw new ApiException(
          code,
          code == Status.Code.FAILED_PRECONDITION
              ? "Serving signature key \"" + wanted + "\" not found."
              : "Serving signature name: \"" + wanted + "\" not found in signature def");
    }
    return signature;
  }

  /**
   * The tensors of a request, with the defaults of those that it leaves out: nothing takes memory
   * before its name is known.
   *
   * @param taken names that such a request is to have; the signature's own, or others that stand
   *     for some of these
   * @param mostBytes what all of them may take in memory
   * @throws ApiException when there are other names, or a tensor cannot be read
   */
  public Map<String, HostTensor> read(
      Map<String, TensorProto> sent, Set<String> taken, long mostBytes) {
    Map<String, TensorProto> whole = new TreeMap<>(defaults);
    whole.keySet().retainAll(taken);
    whole.putAll(sent);
    requireNames(whole.keySet(), taken);
    return TensorProtos.read(whole, mostBytes);
  }

  /**
   * Refuses a request's inputs that are not the signature's. They may have any number of rows: a
   * first dimension that is fixed is what a batch is padded to.
   *
   * @throws ApiException with TensorFlow Serving's words where it has some
   */
  public void requireInputs(Map<String, HostTensor> sent) {
    requireInputs(sent, 1);
  }

  /**
   * Refuses inputs that the graph may not be given: it was looked at as one that gets what its
   * signature says, and TensorFlow itself compares no shape of what it is fed with.
   *
   * @throws ApiException as {@link #requireInputs(Map)}, for other rows than the signature's too
   */
  void requireFed(Map<String, HostTensor> fed) {
    requireInputs(fed, 0);
  }

  private void requireInputs(Map<String, HostTensor> sent, int held) {
    requireNames(sent.keySet(), inputs.keySet());
    sent.forEach((key, tensor) -> requireLike(key, tensor, inputs.get(key), held));
  }

  private static void requireNames(Set<String> sent, Set<String> taken) {
    Set<String> extra = new TreeSet<>(sent);
    extra.removeAll(taken);
    Set<String> missing = new TreeSet<>(taken);
    missing.removeAll(sent);
    if (!extra.isEmpty() || !missing.isEmpty()) {
      throw ApiException.invalid(
          "input size does not match signature: "
              + sent.size()
              + "!="
              + taken.size()
              + " len({"
              + String.join(",", new TreeSet<>(sent))
              + "}) != len({"
              + String.join(",", new TreeSet<>(taken))
              + "}). Sent extra: {"
              + String.join(",", extra)
              + "}. Missing but required: {"
              + String.join(",", missing)
              + "}.");
    }
  }

  /**
   * @param held the first dimension that is held to its size
   */
  private static void requireLike(String key, HostTensor tensor, TensorInfo info, int held) {
    if (tensor.type() != info.getDtype()) {
      throw ApiException.invalid(
          "input " + key + " is " + tensor.type() + ", expected " + info.getDtype());
    }
    TensorShapeProto shape = info.getTensorShape();
    if (shape.getUnknownRank()) {
      return;
    }
    boolean fits = shape.getDimCount() == tensor.shape().numDimensions();
    for (int i = 0; fits && i < shape.getDimCount(); i++) {
      long wanted = shape.getDim(i).getSize();
      fits = wanted < 0 || wanted == tensor.shape().get(i) || i < held;
    }
    if (!fits) {
      throw ApiException.invalid(
          "input " + key + " has shape " + tensor.shape() + ", expected " + text(shape));
    }
  }

  private static String text(TensorShapeProto shape) {
    List<String> sizes =
        shape.getDimList().stream().map(d -> d.getSize() < 0 ? "?" : "" + d.getSize()).toList();
    return "[" + String.join(", ", sizes) + "]";
  }

  /**
   * The outputs that a request wants: those it names, or all.
   *
   * @throws ApiException when it names another, or one twice
   */
  public Set<String> wanted(Collection<String> filter) {
    Set<String> wanted = new LinkedHashSet<>();
    for (String name : filter) {
      if (!outputs.containsKey(name)) {
        throw ApiException.invalid(
            "output tensor alias not found in signature: "
                + name
                + " Outputs expected to be in the set {"
                + String.join(",", outputs.keySet())
                + "}.");
      }
      if (!wanted.add(name)) {
        throw ApiException.invalid("duplicate output tensor alias: " + name);
      }
    }
    return wanted.isEmpty() ? outputs.keySet() : wanted;
  }

  /**
   * Whether rows of several requests may stand in one batch: every tensor has a first dimension.
   */
  public boolean byRows() {
    return java.util.stream.Stream.concat(inputs.values().stream(), outputs.values().stream())
        .allMatch(
            info ->
                !info.getTensorShape().getUnknownRank()
                    && info.getTensorShape().getDimCount() > 0
                    && firstFits(info));
  }

  /** Free, or the one number that every tensor's is fixed to. */
  private boolean firstFits(TensorInfo info) {
    long first = info.getTensorShape().getDim(0).getSize();
    return first == fixedRows() || first < 0;
  }

  /** How many values its inputs have in one row, where an open dimension counts as 1. */
  public double valuesOfARow() {
    double all = 0;
    for (TensorInfo info : inputs.values()) {
      double values = 1;
      for (int i = 1; i < info.getTensorShape().getDimCount(); i++) {
        values *= Math.max(1, info.getTensorShape().getDim(i).getSize());
      }
      all += values;
    }
    return all;
  }

  /** The rows that every request must have, where the graph fixes them; else -1. */
  public long fixedRows() {
    return inputs.values().stream()
        .filter(info -> info.getTensorShape().getDimCount() > 0)
        .mapToLong(info -> info.getTensorShape().getDim(0).getSize())
        .max()
        .orElse(-1);
  }
}
