package io.github.fdistill.device;

import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.GraphOperation;
import org.tensorflow.Server;
import org.tensorflow.Session;
import org.tensorflow.proto.ClusterDef;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.JobDef;
import org.tensorflow.proto.RewriterConfig;
import org.tensorflow.proto.ServerDef;

/**
 * TensorFlow's server in this process, through which it computes sums with the servers of others.
 * TensorFlow cannot stop one: it goes on until the process ends. After a sum that failed it serves
 * no more.
 *
 * <p>It listens on every address of the machine, and does what anybody asks who reaches its port.
 */
public final class WorkerServer {
  private static final String JOB = "worker";

  /** What TensorFlow fuses with what is added to it. */
  private static final Set<String> CONVOLUTIONS = Set.of("Conv2D", "DepthwiseConv2dNative");

  /** Held, so that none is taken away with the last that knows it. */
  private static final List<Server> RUNNING = new CopyOnWriteArrayList<>();

  private final String target;
  private final int worker;

  private WorkerServer(String target, int worker) {
    this.target = target;
    this.worker = worker;
  }

  /**
   * Starts one.
   *
   * @param addresses HOST:PORT of all workers
   * @param worker which of them this is
   * @throws RuntimeException with TensorFlow's message, such as that the port is taken
   */
  public static WorkerServer start(List<String> addresses, int worker) {
    Natives.setUp();
    JobDef.Builder job = JobDef.newBuilder().setName(JOB);
    for (int i = 0; i < addresses.size(); i++) {
      job.putTasks(i, addresses.get(i));
    }
    Server server =
        new Server(
            ServerDef.newBuilder()
                .setCluster(ClusterDef.newBuilder().addJob(job))
                .setJobName(JOB)
                .setTaskIndex(worker)
                .setProtocol("grpc")
                .setDefaultSessionConfig(settings(worker))
                .build());
    server.start();
    RUNNING.add(server);
    return new WorkerServer("grpc://" + addresses.get(worker), worker);
  }

  /** A session of this process alone, in which sums over all workers can be computed. */
  public Session open(Graph graph) {
    return GraphAccess.session(graph, target, settings(worker, graph));
  }

  /**
   * On the CPU TensorFlow makes a convolution and what is added to it one op, _FusedConv2D, which
   * oneDNN's pass makes one of its own after that. A session of a server looks at the types of ops
   * in between, and refuses that one in bfloat16: in graphs with such convolutions none are fused.
   */
  private static ConfigProto settings(int worker, Graph graph) {
    ConfigProto.Builder settings = settings(worker).toBuilder();
    if (!Sessions.onGpu() && hasConvolutionsInBfloat16(graph)) {
      settings
          .getGraphOptionsBuilder()
          .getRewriteOptionsBuilder()
          .setRemapping(RewriterConfig.Toggle.OFF);
    }
    return settings.build();
  }

  private static boolean hasConvolutionsInBfloat16(Graph graph) {
    Iterator<GraphOperation> all = graph.operations();
    while (all.hasNext()) {
      GraphOperation op = all.next();
      if (CONVOLUTIONS.contains(op.type()) && op.output(0).dataType() == DataType.DT_BFLOAT16) {
        return true;
      }
    }
    return false;
  }

  /**
   * Of what others have it sees nothing, and its variables are its own. Between GPUs sums go
   * through NCCL.
   */
  private static ConfigProto settings(int worker) {
    ConfigProto.Experimental sums =
        ConfigProto.Experimental.newBuilder()
            .setCollectiveGroupLeader("/job:" + JOB + "/replica:0/task:0")
            .setCollectiveNccl(Sessions.onGpu())
            .build();
    return Sessions.settings().toBuilder()
        .addDeviceFilters("/job:" + JOB + "/task:" + worker)
        .setIsolateSessionState(true)
        .setExperimental(sums)
        .build();
  }
}
