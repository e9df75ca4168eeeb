package io.github.fdistill.server;

import io.github.fdistill.InputException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Refuses SavedModels whose graphs could read or write files, run code of another language, or
 * speak to another machine: a model that is served is taken from others. {@link CheckpointOps}
 * looks at what restores its variables.
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
      if (REFUSED.matcher(node.getOp()).matches()) {
        throw new InputException(
            version.toString(),
            "its graph has the op " + node.getOp() + " (node " + node.getName() + ")",
            "a graph that reads and writes no files and runs no foreign code",
            "serve only models that you trust and that compute nothing but their outputs");
      }
    }
  }
}
