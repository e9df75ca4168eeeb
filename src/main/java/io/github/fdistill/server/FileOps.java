package io.github.fdistill.server;

import io.github.fdistill.InputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Refuses SavedModels whose graphs could read or write files, run code of another language, or
 * speak to another machine: a model that is served is taken from others. What restores its own
 * variables may stay.
 */
final class FileOps {
  private static final Pattern REFUSED =
      Pattern.compile(
          "(?i).*("
              + "readfile|writefile|matchingfiles|filereader|linereader|recordreader|pyfunc"
              + "|filesystem|tempfile|temporaryfile|fromtextfile|vocabremapping|loadandremap"
              + "|textline|fixedlengthrecord|tfrecord|csvdataset|sqldataset|lmdb|snapshot"
              + "|savedataset|loaddataset|cachedataset|listsnapshot|distributedsave"
              + "|summarywriter|summaryfile|summarydb|writesummary|writescalar|debugidentity"
              + "|debugnumeric|dumptensor|rpc|remotecall|dataservice|bigtable|bigquery|pubsub"
              + "|kafka|gcs|hadoop|httpget|dlopen|loadlibrary|sockets?$|customcall"
              + "|^_?send$|^_?recv$|_hostsend|_hostrecv|grpc|printv2|trtengine"
              + ").*");

  /** Ops that read or write checkpoints: only the one way to the model's own variables may. */
  private static final Set<String> CHECKPOINT_READS =
      Set.of("Restore", "RestoreSlice", "RestoreV2", "MergeV2Checkpoints");

  /** What may stand between the loader's file name and the op that reads it. */
  private static final Set<String> PASS_ON =
      Set.of("Identity", "Placeholder", "PlaceholderWithDefault", "_Arg");

  private FileOps() {}

  /**
   * Looks at every node of the graph and of its functions.
   *
   * @throws InputException when one is refused
   */
  static void refuse(Path version, GraphDef graph) {
    check(version, graph.getNodeList());
    graph.getLibrary().getFunctionList().forEach(f -> check(version, f.getNodeDefList()));
  }

  private static void check(Path version, List<NodeDef> nodes) {
    for (NodeDef node : nodes) {
      boolean wrong =
          REFUSED.matcher(node.getOp()).matches()
              || (CHECKPOINT_READS.contains(node.getOp()) && !readsWhatTheLoaderNames(node, nodes));
      if (wrong) {
        throw new InputException(
            version.toString(),
            "its graph has the op " + node.getOp() + " (node " + node.getName() + ")",
            "a graph that reads and writes no files and runs no foreign code",
            "serve only models that you trust and that compute nothing but their outputs");
      }
    }
  }

  /** Whether the file name comes from outside the graph, or is an argument of the function. */
  private static boolean readsWhatTheLoaderNames(NodeDef read, List<NodeDef> nodes) {
    String name = node(read.getInput(0));
    for (int steps = 0; steps < nodes.size(); steps++) {
      String at = name;
      NodeDef source = nodes.stream().filter(n -> n.getName().equals(at)).findFirst().orElse(null);
      if (source == null) {
        return true; // An argument of the function.
      }
      if (!PASS_ON.contains(source.getOp())) {
        return false;
      }
      if (!source.getOp().equals("Identity")) {
        return true;
      }
      name = node(source.getInput(0));
    }
    return false;
  }

  private static String node(String input) {
    String plain = input.startsWith("^") ? input.substring(1) : input;
    int colon = plain.indexOf(':');
    return colon < 0 ? plain : plain.substring(0, colon);
  }
}
