package io.github.fdistill.graph;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.AllowedOps.Place;
import java.util.Optional;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** What a network of someone else may be made of: ops of networks, on numbers alone. */
public final class PureOps {
  private PureOps() {}

  /**
   * Refuses anything else.
   *
   * @param graph without variables and calls, its nodes complete
   * @param signature that needs it
   */
  public static void require(GraphDef graph, String signature, Origins origins) {
    NodeDef first = null;
    for (NodeDef node : graph.getNodeList()) {
      // The op that takes a text says more than the text.
      boolean better = first == null || first.getOp().equals("Const");
      if (better && NodeRules.objection(node, Place.NETWORK).isPresent()) {
        first = node;
      }
    }
    if (first != null) {
      String where = where(first, signature, origins);
      if (AllowedOps.draws(first.getOp())) {
        throw new InputException(
            where,
            "the op " + first.getOp() + ", which draws numbers that no input decides",
            "a network that gives the same for the same inputs: what is trained is computed twice"
                + " at times, and is drawn again by its seed",
            "export it as it infers, without dropout; or make its noise an input");
      }
      throw new InputException(
          where,
          "the op "
              + first.getOp()
              + ", "
              + NodeRules.objection(first, Place.NETWORK).orElseThrow(),
          "a network that computes with numbers: without files, texts, printing, tables, state"
              + " and code of its own",
          NodeRules.remedy(
              first.getAttrMap(),
              XlaOps.remedy(
                  first.getOp(),
                  "export the part of the model that is the network, without what stands around"
                      + " it")));
    }
    Optional<NodeDef> gather = GatherAxes.unknown(graph.getNodeList());
    if (gather.isPresent()) {
      throw new InputException(
          where(gather.get(), signature, origins),
          GatherAxes.found(gather.get()),
          GatherAxes.NEEDED,
          "export the network with that axis as a number");
    }
  }

  private static String where(NodeDef node, String signature, Origins origins) {
    return origins.file() + ", signature " + signature + ", " + origins.named(node.getName());
  }
}
