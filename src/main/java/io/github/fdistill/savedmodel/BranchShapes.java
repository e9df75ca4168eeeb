package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.graph.FunctionInliner;
import io.github.fdistill.graph.ImportedShapes;
import io.github.fdistill.graph.KnownRanks;
import io.github.fdistill.graph.Library;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Origins;
import io.github.fdistill.graph.PaddedConvolutions;
import io.github.fdistill.graph.Segments;
import io.github.fdistill.graph.SignatureInputs;
import io.github.fdistill.graph.VariableReads;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * The shapes in a graph with loops and conditionals, and in their functions. TensorFlow believes
 * what those say of the shapes that they give; here it holds only where their functions give such
 * shapes, of a loop for every turn: given what it says, its body gives that again.
 */
final class BranchShapes {
  private static final Set<String> LOOPS = Set.of("While", "StatelessWhile");
  private static final Set<String> CHOICES = Set.of("If", "StatelessIf", "Case", "StatelessCase");

  private static final String CALL = "call";

  private static final NodeDef NO_VARIABLE = NodeDef.getDefaultInstance();

  /** What is known of a tensor: its shape, and the variable that it is the handle of. */
  private record Known(Shape shape, NodeDef variable) {
    static final Known NOTHING = new Known(Shape.unknown(), NO_VARIABLE);

    /** Whether what is said of a tensor is true of this one. */
    boolean is(Known said) {
      boolean rank = said.shape.isUnknown() || shape.numDimensions() == said.shape.numDimensions();
      for (int i = 0; rank && i < said.shape.numDimensions(); i++) {
        rank = said.shape.get(i) < 0 || said.shape.get(i) == shape.get(i);
      }
      return rank && (said.variable.equals(NO_VARIABLE) || said.variable.equals(variable));
    }
  }

  private record Call(NameAttrList function, List<Known> arguments) {}

  private final String where;
  private final GraphDef graph;
  private final Library library;
  private final boolean convolved;
  private final Map<Call, List<Known>> looked = new HashMap<>();

  /**
   * @param where messages say that the graph is from
   * @param graph whose functions are called
   */
  BranchShapes(String where, GraphDef graph, Library library) {
    this.where = where;
    this.graph = graph;
    this.library = library;
    // TensorFlow may put a branch in its place, with what stands before it and after it.
    convolved =
        any(node -> LOOPS.contains(node.getOp()) || CHOICES.contains(node.getOp()))
            && any(PaddedConvolutions::isPlain);
  }

  /** Whether the graph or one of its functions has such a node. */
  private boolean any(Predicate<NodeDef> kind) {
    return Stream.concat(
            graph.getNodeList().stream(),
            library.all().stream().flatMap(function -> function.getNodeDefList().stream()))
        .anyMatch(kind);
  }

  /**
   * Looks at a graph without calls, and at what its loops and conditionals call.
   *
   * @throws io.github.fdistill.InputException where {@link ImportedShapes} refuses one of them
   * @throws RuntimeException with TensorFlow's message, where shapes do not fit each other
   */
  void require(GraphDef flat, Origins origins) {
    known(flat, origins, List.of());
  }

  /** What is known of some tensors of a graph, once no loop is believed that cannot be. */
  private List<Known> known(GraphDef flat, Origins origins, List<String> outputs) {
    Set<String> open = new HashSet<>();
    while (true) {
      GraphDef opened = open.isEmpty() ? flat : opened(flat, open);
      try (Graph imported = Sessions.graph()) {
        ImportedShapes.add(opened, imported, where, origins);
        Look look = new Look(opened, imported, open);
        if (!open.addAll(look.wrong())) {
          ImportedShapes.requireKnown(opened, imported, convolved, where, origins);
          requireSaid(opened, look, origins);
          open.stream().sorted().findFirst().ifPresent(first -> requireTrue(first, origins));
          return outputs.stream().map(look::known).toList();
        }
      }
    }
  }

  /** By what a loop or a conditional says TensorFlow computes sizes before anything runs. */
  private void requireTrue(String open, Origins origins) {
    if (any(node -> node.getOp().equals("Conv2DBackpropInput"))) {
      throw new InputException(
          where + ", " + origins.named(NetworkFunction.nodeOf(open)),
          "says a shape of its outputs that they may not have, beside transposed convolutions",
          "loops and conditionals that say no more of their outputs than their functions do",
          "export the network with the shapes of what its loops pass on");
    }
  }

  /** TensorFlow computes with the shape that a default says, whatever shape it is given. */
  private void requireSaid(GraphDef opened, Look look, Origins origins) {
    List<NodeDef> saying =
        opened.getNodeList().stream().filter(node -> node.containsAttr(ServedRanks.SAID)).toList();
    if (saying.isEmpty() || !ServedRanks.matter(graph, library)) {
      return;
    }
    for (NodeDef node : saying) {
      Shape said = VariableReads.shape(node.getAttrOrThrow(ServedRanks.SAID).getShape());
      Known given = look.known(node.getName());
      if (!given.is(new Known(said, NO_VARIABLE))) {
        throw new InputException(
            where + ", " + origins.named(node.getName()),
            "a PlaceholderWithDefault of the shape " + said + ", given the shape " + given.shape,
            "defaults that say no more of their shape than is known before they run",
            "export the network without them, or with the shapes of its inputs");
      }
    }
  }

  /** A graph as TensorFlow has it, with tensors of which nothing is known. */
  private final class Look {
    private final Map<String, NodeDef> nodes = new HashMap<>();
    private final Graph imported;
    private final Set<String> open;

    Look(GraphDef graph, Graph imported, Set<String> open) {
      graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
      this.imported = imported;
      this.open = open;
    }

    /** What a tensor is, as far as TensorFlow says. */
    Known known(String tensor) {
      String name = Segments.tensor(tensor);
      if (open.contains(name)) {
        return Known.NOTHING;
      }
      Shape shape = NetworkFunction.tensor(imported, name).shape();
      NodeDef source = VariableReads.source(name, nodes);
      boolean variable = source != null && source.getOp().equals("VarHandleOp");
      return new Known(shape, variable ? source.toBuilder().clearName().build() : NO_VARIABLE);
    }

    /** The outputs of loops and conditionals that may be other tensors than they say. */
    Set<String> wrong() {
      Set<String> wrong = new HashSet<>();
      for (NodeDef node : nodes.values()) {
        boolean loop = LOOPS.contains(node.getOp());
        if (!loop && !CHOICES.contains(node.getOp())) {
          continue;
        }
        List<Known> inputs = inputs(node);
        List<Known> said = said(node, loop ? inputs : List.of());
        List<Known> arguments = loop ? said : inputs.subList(1, inputs.size());
        if (loop) {
          compare(node, inputs, said, wrong);
        }
        node.getAttrMap()
            .forEach(
                (name, value) -> {
                  for (NameAttrList function : Library.named(value)) {
                    List<Known> given = outputs(function, arguments);
                    compare(node, name.equals("cond") ? List.of() : given, said, wrong);
                  }
                });
      }
      return wrong;
    }

    private List<Known> inputs(NodeDef node) {
      return node.getInputList().stream()
          .filter(input -> !input.startsWith("^"))
          .map(this::known)
          .toList();
    }

    /** What a node says of its outputs; a loop gives the handles of variables that it takes. */
    private List<Known> said(NodeDef node, List<Known> taken) {
      List<Known> said = new ArrayList<>();
      for (int i = 0; i < imported.operation(node.getName()).numOutputs(); i++) {
        String output = node.getName() + ":" + i;
        NodeDef variable = i < taken.size() ? taken.get(i).variable : NO_VARIABLE;
        said.add(open.contains(output) ? Known.NOTHING : new Known(known(output).shape, variable));
      }
      return said;
    }

    private static void compare(
        NodeDef node, List<Known> given, List<Known> said, Set<String> wrong) {
      for (int i = 0; i < Math.min(given.size(), said.size()); i++) {
        if (!given.get(i).is(said.get(i))) {
          wrong.add(node.getName() + ":" + i);
        }
      }
    }
  }

  /** What a function gives for arguments; whatever it computes of them is looked at. */
  private List<Known> outputs(NameAttrList function, List<Known> arguments) {
    Call call = new Call(function, arguments);
    List<Known> outputs = looked.get(call);
    if (outputs == null) {
      outputs = called(call);
      looked.put(call, outputs);
    }
    return outputs;
  }

  private List<Known> called(Call call) {
    OpDef signature = library.function(call.function().getName()).getSignature();
    NodeDef.Builder node =
        NodeDef.newBuilder()
            .setName(CALL)
            .setOp("PartitionedCall")
            .putAttr("f", AttrValue.newBuilder().setFunc(call.function()).build())
            .putAttr("Tin", types(signature.getInputArgList()))
            .putAttr("Tout", types(signature.getOutputArgList()));
    GraphDef.Builder caller = GraphDef.newBuilder().setVersions(graph.getVersions());
    for (String name : library.reached(List.of(node.build()))) {
      caller.getLibraryBuilder().addFunction(library.function(name));
    }
    for (int i = 0; i < Math.min(call.arguments().size(), signature.getInputArgCount()); i++) {
      DataType type = signature.getInputArg(i).getType();
      caller.addNode(tensor("argument" + i, type, call.arguments().get(i)));
      node.addInput("argument" + i);
    }
    Set<String> fed = new HashSet<>(node.getInputList());
    FunctionInliner.Inlined inlined =
        FunctionInliner.inline(caller.addNode(node).build(), where, fed);
    List<String> outputs = new ArrayList<>();
    for (int i = 0; i < signature.getOutputArgCount(); i++) {
      outputs.add(inlined.tensor(CALL + ":" + i));
    }
    return known(ServedRanks.shaped(inlined.graph(), Map.of()), inlined.origins(), outputs);
  }

  private static AttrValue types(List<OpDef.ArgDef> arguments) {
    AttrValue.Builder types = AttrValue.newBuilder();
    arguments.forEach(argument -> types.getListBuilder().addType(argument.getType()));
    return types.build();
  }

  /** A node that gives a tensor of which nothing but this is known. */
  private static NodeDef tensor(String name, DataType type, Known known) {
    if (!known.variable.equals(NO_VARIABLE)) {
      return known.variable.toBuilder().setName(name).build();
    }
    return SignatureInputs.placeholder(name, type, known.shape).toBuilder()
        .putAttr(KnownRanks.ANY, AttrValue.newBuilder().setB(true).build())
        .build();
  }

  /** The graph with nothing known of some tensors. */
  private static GraphDef opened(GraphDef flat, Set<String> open) {
    GraphDef.Builder result = flat.toBuilder().clearNode();
    Map<String, DataType> types = new HashMap<>();
    for (NodeDef node : flat.getNodeList()) {
      NodeDef.Builder made = node.toBuilder();
      for (int i = 0; i < node.getInputCount(); i++) {
        String input = node.getInput(i);
        if (!input.startsWith("^") && open.contains(Segments.tensor(input))) {
          made.setInput(i, opened(Segments.tensor(input)));
        }
      }
      result.addNode(made);
      boolean loop = LOOPS.contains(node.getOp());
      if (loop || CHOICES.contains(node.getOp())) {
        List<DataType> given = node.getAttrOrThrow(loop ? "T" : "Tout").getList().getTypeList();
        for (int i = 0; i < given.size(); i++) {
          types.put(node.getName() + ":" + i, given.get(i));
        }
      }
    }
    for (String tensor : open) {
      result.addNode(tensor(opened(tensor), types.get(tensor), Known.NOTHING));
    }
    return result.build();
  }

  /** The name of what stands for a tensor of which nothing is known. */
  private static String opened(String tensor) {
    return NetworkFunction.nodeOf(tensor) + "/opened" + NetworkFunction.indexOf(tensor);
  }
}
