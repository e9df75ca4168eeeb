package io.github.fdistill.device;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.OpDef.ArgDef;

/**
 * Where a run of a session with a GPU would compute each op, by the kernels that TensorFlow has for
 * one: what has none stays on the CPU, and its tensors are copied to and fro in every run. So does
 * what is held on the {@link Host}, and what reads or changes a variable that is. What does not
 * depend on what is fed, such as a known shape, TensorFlow computes once: that counts as the
 * constant that it becomes.
 *
 * @param onGpu how many ops have a kernel for a GPU, by type
 * @param onCpu those that have none, or are held there
 * @param copies tensors that are made in one memory and used in the other
 */
public record Placement(Map<String, Integer> onGpu, List<OnCpu> onCpu, List<Copies> copies) {

  /**
   * Ops of one type that have no kernel for a GPU, or are held on the CPU.
   *
   * @param types of their outputs, as {@code DT_INT32}
   * @param example the name of one
   */
  public record OnCpu(String type, List<DataType> types, int count, String example) {}

  /**
   * Tensors that are copied in every run, from ops of one type to ops of another.
   *
   * @param from the type of the op that makes each
   * @param to that of the first op that uses it there
   * @param fed whether they are given from outside
   * @param toGpu or else to the host
   * @param bytes of all whose shapes are known
   * @param example the name of an op that makes one
   */
  public record Copies(
      String from,
      String to,
      DataType type,
      boolean fed,
      boolean toGpu,
      int count,
      long bytes,
      String example) {
    private Copies plus(Copies other) {
      return new Copies(
          from, to, type, fed, toGpu, count + other.count, bytes + other.bytes, example);
    }
  }

  /** Ops whose value is given from outside: what is fed lies on the host. */
  private static final String FED = "Placeholder";

  /**
   * Of one run: what it computes directly and indirectly.
   *
   * @param wanted what is fetched, and targets
   */
  public static Placement of(Collection<? extends Operation> wanted, Kernels kernels) {
    Map<String, OpDef> definitions = new TreeMap<>();
    Natives.ops().getOpList().forEach(op -> definitions.put(op.getName(), op));
    Map<String, Placed> placed = new LinkedHashMap<>();
    FoldedOps folded = new FoldedOps(definitions);
    Deque<GraphOperation> open = new ArrayDeque<>();
    wanted.forEach(op -> open.add((GraphOperation) op));
    while (!open.isEmpty()) {
      GraphOperation op = open.pop();
      if (!placed.containsKey(op.name())) {
        if (folded.has(op)) {
          placed.put(op.name(), Placed.constant(op, kernels));
          continue;
        }
        placed.put(op.name(), Placed.of(op, definitions.get(op.type()), kernels));
        op.inputs().forEach(input -> open.push((GraphOperation) input.op()));
        open.addAll(op.controlInputs());
      }
    }
    return of(placed);
  }

  private static Placement of(Map<String, Placed> placed) {
    Map<String, Integer> onGpu = new TreeMap<>();
    Map<List<Object>, OnCpu> onCpu = new LinkedHashMap<>();
    Map<List<Object>, Copies> copies = new LinkedHashMap<>();
    Set<String> copied = new HashSet<>();
    for (Placed one : placed.values()) {
      if (one.gpu()) {
        onGpu.merge(one.op().type(), 1, Integer::sum);
      } else {
        OnCpu single = new OnCpu(one.op().type(), one.outputTypes(), 1, one.op().name());
        onCpu.merge(
            List.of(single.type(), single.types()),
            single,
            (a, b) -> new OnCpu(a.type(), a.types(), a.count() + 1, a.example()));
      }
      List<Operand<?>> inputs = one.constant() ? List.of() : one.op().inputs();
      for (int i = 0; i < inputs.size(); i++) {
        GraphOperation from = (GraphOperation) inputs.get(i).op();
        int index = inputs.get(i).asOutput().index();
        boolean made = placed.get(from.name()).outputOnGpu(index);
        boolean used = one.inputOnGpu(i);
        if (made != used && copied.add(from.name() + ":" + index + used)) {
          Copies single = copy(from, index, one.op().type(), used);
          copies.merge(
              List.of(single.from(), single.to(), single.type(), used), single, Copies::plus);
        }
      }
    }
    return new Placement(onGpu, List.copyOf(onCpu.values()), List.copyOf(copies.values()));
  }

  private static Copies copy(GraphOperation from, int index, String to, boolean toGpu) {
    return new Copies(
        from.type(),
        to,
        from.output(index).dataType(),
        from.type().equals(FED),
        toGpu,
        1,
        bytes(from, index),
        from.name());
  }

  /** Those of the copies that are not of what is fed: each holds the device up. */
  public List<Copies> copiesWithin() {
    return copies.stream().filter(copy -> !copy.fed()).toList();
  }

  private static long bytes(GraphOperation op, int index) {
    Shape shape = op.output(index).shape();
    return shape.isUnknown() || shape.hasUnknownDimension()
        ? 0
        : shape.size() * size(op.output(index).dataType());
  }

  private static int size(DataType type) {
    return switch (type) {
      case DT_BOOL, DT_INT8, DT_UINT8 -> 1;
      case DT_HALF, DT_BFLOAT16, DT_INT16, DT_UINT16 -> 2;
      case DT_INT64, DT_UINT64, DT_DOUBLE, DT_RESOURCE, DT_STRING -> 8;
      default -> 4;
    };
  }

  /**
   * An op in its place.
   *
   * @param constant whether it counts as one, without inputs
   * @param gpu whether it has a kernel for one
   * @param inputsOnGpu whether each input is read in the GPU's memory
   * @param outputsOnGpu whether each output is written there
   */
  private record Placed(
      GraphOperation op,
      boolean constant,
      boolean gpu,
      List<Boolean> inputsOnGpu,
      List<Boolean> outputsOnGpu) {

    static Placed of(GraphOperation op, OpDef definition, Kernels kernels) {
      if (op.type().equals(FED) || Host.holds(op) || isOfOneOnHost(op)) {
        return onCpu(op);
      }
      // A cast has hundreds of kernels, and an attribute is asked for across the border to C.
      Map<String, Collection<DataType>> types = new HashMap<>();
      return kernels
          .find(op.type(), name -> types.computeIfAbsent(name, attribute -> types(op, attribute)))
          .map(kernel -> onGpu(op, definition, kernel.onHost()))
          .orElseGet(() -> onCpu(op));
    }

    /** Whether it takes a variable that is held on the host, which TensorFlow lets it follow. */
    private static boolean isOfOneOnHost(GraphOperation op) {
      return op.inputs().stream()
          .filter(input -> input.asOutput().dataType() == DataType.DT_RESOURCE)
          .anyMatch(input -> Host.holds(input.op()));
    }

    private static Placed onCpu(GraphOperation op) {
      return new Placed(op, false, false, List.of(), List.of());
    }

    static Placed constant(GraphOperation op, Kernels kernels) {
      List<Boolean> outputs = new ArrayList<>();
      for (int i = 0; i < op.numOutputs(); i++) {
        DataType type = op.output(i).dataType();
        outputs.add(
            !Host.holds(op)
                && kernels
                    .find("Const", attribute -> List.of(type))
                    .filter(kernel -> !kernel.onHost().contains("output"))
                    .isPresent());
      }
      return new Placed(op, true, true, List.of(), outputs);
    }

    private static Placed onGpu(GraphOperation op, OpDef definition, Set<String> onHost) {
      List<Boolean> inputs = new ArrayList<>();
      for (ArgDef arg : definition.getInputArgList()) {
        for (int i = 0; i < op.inputListLength(arg.getName()); i++) {
          inputs.add(!onHost.contains(arg.getName()));
        }
      }
      List<Boolean> outputs = new ArrayList<>();
      for (ArgDef arg : definition.getOutputArgList()) {
        for (int i = 0; i < op.outputListLength(arg.getName()); i++) {
          outputs.add(!onHost.contains(arg.getName()));
        }
      }
      return new Placed(op, false, true, inputs, outputs);
    }

    private static Collection<DataType> types(GraphOperation op, String attribute) {
      AttrValue value = op.attributes().getAttrValueProto(attribute);
      return value.hasList() ? value.getList().getTypeList() : List.of(value.getType());
    }

    boolean inputOnGpu(int index) {
      return gpu && inputsOnGpu.get(index);
    }

    boolean outputOnGpu(int index) {
      return gpu && outputsOnGpu.get(index);
    }

    List<DataType> outputTypes() {
      List<DataType> types = new ArrayList<>();
      for (int i = 0; i < op.numOutputs(); i++) {
        types.add(op.output(i).dataType());
      }
      return types;
    }
  }
}
