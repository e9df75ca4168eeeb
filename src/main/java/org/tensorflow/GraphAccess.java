package org.tensorflow;

import static org.tensorflow.internal.c_api.global.tensorflow.TF_AddControlInput;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_AddInput;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_AddInputList;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_FinishOperation;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_GraphImportGraphDef;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_GraphOperationByName;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_ImportGraphDefOptionsAddInputMapping;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_ImportGraphDefOptionsSetPrefix;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_NewOperation;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_SetAttrValueProto;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_SetConfig;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_SetTarget;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_TensorBitcastFrom;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_TryEvaluateConstant;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.PointerScope;
import org.tensorflow.internal.c_api.TF_Buffer;
import org.tensorflow.internal.c_api.TF_Graph;
import org.tensorflow.internal.c_api.TF_ImportGraphDefOptions;
import org.tensorflow.internal.c_api.TF_Operation;
import org.tensorflow.internal.c_api.TF_OperationDescription;
import org.tensorflow.internal.c_api.TF_Output;
import org.tensorflow.internal.c_api.TF_Session;
import org.tensorflow.internal.c_api.TF_SessionOptions;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.TF_Tensor;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * What TensorFlow Java keeps package-private and fdistill needs: the native handle of a graph,
 * sessions that a server runs, which ops have gradients, and tensors of types that it has no class
 * of. The only class of ours in this package.
 */
public final class GraphAccess {
  private GraphAccess() {}

  /**
   * Imports nodes under {@code prefix/}, with some tensors of the definition replaced by tensors
   * that are in the graph already.
   *
   * <p>Unlike {@link Graph#importGraphDef} it maps inputs and never takes a node named {@code
   * prefix/Init...} for an initialiser.
   *
   * @param prefix not yet used in the graph; empty: none
   * @param inputMap from a tensor of the definition ({@code node}, its output 0) to its replacement
   * @throws RuntimeException with TensorFlow's message, when the definition does not fit
   */
  public static void importGraph(
      Graph graph, GraphDef definition, String prefix, Map<String, Output<?>> inputMap) {
    try (PointerScope scope = new PointerScope();
        Graph.Reference reference = graph.ref()) {
      TF_ImportGraphDefOptions options = TF_ImportGraphDefOptions.newImportGraphDefOptions();
      TF_ImportGraphDefOptionsSetPrefix(options, prefix);
      inputMap.forEach(
          (node, output) ->
              TF_ImportGraphDefOptionsAddInputMapping(options, node, 0, nativeOutput(output)));
      TF_Status status = TF_Status.newStatus();
      TF_Buffer buffer = TF_Buffer.newBufferFromString(definition);
      TF_GraphImportGraphDef(reference.nativeHandle(), buffer, options, status);
      status.throwExceptionIfNotOK();
    }
  }

  /**
   * Adds one node; TensorFlow looks at its shapes at once.
   *
   * @param widths of its arguments, in order: how many of its inputs make a list; -1: one alone
   * @throws RuntimeException with TensorFlow's message, when it does not fit
   */
  public static void add(Graph graph, NodeDef node, List<Integer> widths) {
    try (PointerScope scope = new PointerScope();
        Graph.Reference reference = graph.ref()) {
      TF_Graph handle = reference.nativeHandle();
      TF_Status status = TF_Status.newStatus();
      List<TF_Output> inputs = new ArrayList<>();
      List<TF_Operation> before = new ArrayList<>();
      for (String input : node.getInputList()) {
        String[] parts = input.split(":");
        TF_Operation from = TF_GraphOperationByName(handle, parts[0].replaceFirst("^\\^", ""));
        if (from == null) {
          throw new IllegalArgumentException("no node for the input " + input);
        }
        if (input.startsWith("^")) {
          before.add(from);
        } else {
          int index = parts.length > 1 ? Integer.parseInt(parts[1]) : 0;
          inputs.add(new TF_Output().oper(from).index(index));
        }
      }
      if (inputs.size() != widths.stream().mapToInt(Math::abs).sum()) {
        throw new IllegalArgumentException(node.getOp() + " of " + inputs.size() + " inputs");
      }
      TF_OperationDescription made = TF_NewOperation(handle, node.getOp(), node.getName());
      int at = 0;
      for (int width : widths) {
        if (width < 0) {
          TF_AddInput(made, inputs.get(at++));
        } else {
          TF_Output list = new TF_Output(Math.max(1, width));
          for (int i = 0; i < width; i++, at++) {
            list.position(i).oper(inputs.get(at).oper()).index(inputs.get(at).index());
          }
          TF_AddInputList(made, list.position(0), width);
        }
      }
      before.forEach(operation -> TF_AddControlInput(made, operation));
      node.getAttrMap()
          .forEach(
              (name, value) -> {
                BytePointer bytes = new BytePointer(value.toByteArray());
                TF_SetAttrValueProto(made, name, bytes, bytes.capacity(), status);
              });
      TF_FinishOperation(made, status);
      status.throwExceptionIfNotOK();
    }
  }

  /**
   * What TensorFlow computes of constants alone, and does at once; to be closed by the caller.
   *
   * @return null of a tensor that depends on anything else
   */
  public static Tensor constant(Output<?> tensor) {
    try (PointerScope scope = new PointerScope();
        Graph.Reference reference = ((Graph) tensor.op().env()).ref()) {
      TF_Status status = TF_Status.newStatus();
      PointerPointer<TF_Tensor> found = new PointerPointer<>(1);
      boolean known =
          TF_TryEvaluateConstant(reference.nativeHandle(), nativeOutput(tensor), found, status)
              != 0;
      return known
          ? RawTensor.fromHandle(found.get(TF_Tensor.class).withDeallocator()).asTypedTensor()
          : null;
    }
  }

  /**
   * A session that a server of TensorFlow's runs; to be closed by the caller, before the graph.
   *
   * @param target the server, {@code grpc://HOST:PORT}
   * @throws RuntimeException with TensorFlow's message, when the server does not answer
   */
  public static Session session(Graph graph, String target, ConfigProto settings) {
    try (PointerScope scope = new PointerScope();
        Graph.Reference reference = graph.ref()) {
      TF_Status status = TF_Status.newStatus();
      TF_SessionOptions options = TF_SessionOptions.newSessionOptions();
      TF_SetTarget(options, target);
      BytePointer bytes = new BytePointer(settings.toByteArray());
      TF_SetConfig(options, bytes, bytes.capacity(), status);
      status.throwExceptionIfNotOK();
      TF_Session session = TF_Session.newSession(reference.nativeHandle(), options, status);
      status.throwExceptionIfNotOK();
      session.retainReference();
      return new Session(graph, session);
    }
  }

  /** Whether a gradient is there: behind a stopped gradient TensorFlow returns an empty output. */
  public static boolean exists(Output<?> gradient) {
    return ((GraphOperation) gradient.op()).getUnsafeNativeHandle() != null;
  }

  /** Whether TensorFlow's C++ gradients know an op, be it as one without a gradient. */
  public static boolean hasGradient(String op) {
    return TensorFlow.hasGradient(op);
  }

  /**
   * Makes a tensor one of another type in TensorFlow's memory, with the same bytes, to be fed: to
   * TensorFlow Java it stays what it was.
   *
   * @param type of the same width
   * @throws RuntimeException with TensorFlow's message, when it is not
   */
  public static void retype(Tensor tensor, DataType type) {
    try (PointerScope scope = new PointerScope()) {
      TF_Tensor handle = tensor.asRawTensor().nativeHandle();
      long[] shape = tensor.shape().asArray();
      TF_Status status = TF_Status.newStatus();
      TF_TensorBitcastFrom(handle, type.getNumber(), handle, shape, shape.length, status);
      status.throwExceptionIfNotOK();
    }
  }

  private static TF_Output nativeOutput(Output<?> output) {
    TF_Operation operation = ((GraphOperation) output.op()).getUnsafeNativeHandle();
    return new TF_Output().oper(operation).index(output.index());
  }
}
