package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SignatureDef;

/**
 * What an export of ours has around its network, for whatever program serves it: a look at the
 * labels, a row where a request has none. Whoever reads the network is given it without; so it is
 * there once, however often a model is exported.
 */
public final class Frame {
  /** The scope of its nodes. */
  public static final String SCOPE = "fdistill_frame";

  /** The name of those that pass their first input on, as it is or with more or fewer rows. */
  public static final String PASS = "pass";

  private static final Pattern PASSES =
      Pattern.compile("(?:.*/)?" + SCOPE + "(?:_\\d+)?/" + PASS + "(?:_\\d+)?");

  /** Longer chains are not followed. */
  private static final int MOST_STEPS = 64;

  private final Map<String, String> passed = new HashMap<>();

  private Frame(GraphDef graph) {
    for (NodeDef node : graph.getNodeList()) {
      if (node.getInputCount() > 0 && PASSES.matcher(node.getName()).matches()) {
        passed.put(node.getName(), node.getInput(0));
      }
    }
  }

  /** A graph with what frames pass on in the place of what they pass; signatures likewise. */
  static FlatGraph without(FlatGraph flat) {
    Frame frame = new Frame(flat.graph());
    if (frame.passed.isEmpty()) {
      return flat;
    }
    GraphDef.Builder graph = flat.graph().toBuilder().clearNode();
    for (NodeDef node : flat.graph().getNodeList()) {
      NodeDef.Builder direct = node.toBuilder().clearInput();
      node.getInputList().forEach(input -> direct.addInput(frame.behind(input)));
      graph.addNode(direct);
    }
    Map<String, SignatureDef> signatures = new LinkedHashMap<>();
    flat.signatures().forEach((name, s) -> signatures.put(name, frame.behind(s)));
    return new FlatGraph(graph.build(), signatures, flat.origins());
  }

  private SignatureDef behind(SignatureDef signature) {
    SignatureDef.Builder direct = signature.toBuilder();
    signature
        .getOutputsMap()
        .forEach(
            (key, info) ->
                direct.putOutputs(
                    key, info.toBuilder().setName(full(behind(info.getName()))).build()));
    return direct.build();
  }

  private String behind(String input) {
    String tensor = input;
    for (int step = 0; step < MOST_STEPS && !tensor.startsWith("^"); step++) {
      String next = passed.get(NetworkFunction.nodeOf(tensor));
      if (next == null) {
        return tensor;
      }
      tensor = next;
    }
    return tensor;
  }

  private static String full(String tensor) {
    return NetworkFunction.nodeOf(tensor) + ":" + NetworkFunction.indexOf(tensor);
  }
}
