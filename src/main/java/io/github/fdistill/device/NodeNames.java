package io.github.fdistill.device;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.DeviceSpec;
import org.tensorflow.ExecutionEnvironment;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.OperationBuilder;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;

/**
 * Names for the nodes of a graph, as TensorFlow Java gives them: {@code a}, {@code a_1}, {@code
 * b/a}. Whenever one of its own scopes is opened it looks at every node that there is, so that the
 * time for a network would grow with the square of its layers; here the graph is asked for the one
 * name that is about to be given. For one thread at a time.
 */
public final class NodeNames implements Scope {
  private final Graph graph;

  /** With a / at its end; empty: none. */
  private final String prefix;

  /** Of all nodes, in the place of their own; null: they have their own. */
  private final String name;

  /** How often each name within the prefix was asked for. */
  private final Map<String, Integer> asked;

  private final List<Operation> before;
  private final DeviceSpec device;

  private NodeNames(
      Graph graph,
      String prefix,
      String name,
      Map<String, Integer> asked,
      List<Operation> before,
      DeviceSpec device) {
    this.graph = graph;
    this.prefix = prefix;
    this.name = name;
    this.asked = asked;
    this.before = before;
    this.device = device;
  }

  /** TensorFlow's ops, which are added to a graph: to be asked for once. */
  public static Ops ops(Graph graph) {
    DeviceSpec anywhere = DeviceSpec.newBuilder().build();
    return Ops.create(
        new Root(graph, new NodeNames(graph, "", null, new HashMap<>(), List.of(), anywhere)));
  }

  @Override
  public Scope withSubScope(String child) {
    return within(unique(child));
  }

  @Override
  public Scope withNameAsSubScope(String own) {
    return within(unique(own));
  }

  private Scope within(String child) {
    return new NodeNames(graph, prefix + child + "/", null, new HashMap<>(), before, device);
  }

  @Override
  public Scope withName(String given) {
    return new NodeNames(graph, prefix, given, asked, before, device);
  }

  @Override
  public Scope withDevice(DeviceSpec other) {
    return new NodeNames(graph, prefix, name, asked, before, other);
  }

  @Override
  public Scope withControlDependencyOps(Iterable<Operation> controls) {
    List<Operation> first = new ArrayList<>();
    controls.forEach(first::add);
    return new NodeNames(graph, prefix, name, asked, first, device);
  }

  @Override
  public String makeOpName(String own) {
    return prefix + unique(own);
  }

  @Override
  public String makeUnique(String id) {
    return unique(id);
  }

  private String unique(String own) {
    String wanted = name == null ? own : name;
    if (!Scope.isValidOpName(wanted)) {
      throw new IllegalArgumentException("no name for a node: '" + wanted + "'");
    }
    while (true) {
      int times = asked.merge(wanted, 1, Integer::sum) - 1;
      String unique = times == 0 ? wanted : wanted + "_" + times;
      if (graph.operation(prefix + unique) == null) {
        return unique;
      }
    }
  }

  @Override
  public OperationBuilder apply(OperationBuilder builder) {
    builder.setDevice(device.toString());
    before.forEach(builder::addControlInput);
    return builder;
  }

  @Override
  public ExecutionEnvironment env() {
    return graph;
  }

  @Override
  public String getDeviceString() {
    return device.toString();
  }

  @Override
  public void refreshNames() {
    // The graph is asked for each name.
  }

  /** Graphs here have no initialisers: weights are restored, or set by ops that are run. */
  @Override
  public boolean isInit() {
    return false;
  }

  @Override
  public Scope withInitScope() {
    throw new UnsupportedOperationException("a graph without initialisers");
  }

  /** A graph as {@link Ops#create} is to see it: nodes are named by us. */
  private record Root(Graph graph, Scope baseScope) implements ExecutionEnvironment {
    @Override
    public OperationBuilder opBuilder(String type, String name, Scope scope) {
      return graph.opBuilder(type, name, scope);
    }

    @Override
    public void attachFunction(org.tensorflow.ConcreteFunction function) {
      graph.attachFunction(function);
    }

    @Override
    public void checkInput(Operation input) {
      graph.checkInput(input);
    }

    @Override
    public Types environmentType() {
      return graph.environmentType();
    }

    @Override
    public boolean isInitializer(Operation operation) {
      return graph.isInitializer(operation);
    }
  }
}
