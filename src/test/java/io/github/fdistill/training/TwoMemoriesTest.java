package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.data.Batch;
import io.github.fdistill.data.Batches;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.savedmodel.TensorBundle;
import io.github.fdistill.savedmodel.Weights;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Op;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.RunMetadata;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * A step of TensorFlow's own on two devices, of which one CPU stands for a GPU and the other for
 * the host: what it computes where, and what it sends from one to the other.
 */
class TwoMemoriesTest {
  private static final String DEVICE = "/device:CPU:1";
  private static final RunOptions TOLD =
      RunOptions.newBuilder().setOutputPartitionGraphs(true).build();

  /** Keys of random numbers, and numbers one at a time. */
  private static final long FEW_BYTES = 64;

  /** The graph of a training with everything on the device that says nothing of where it is. */
  private static final class OnTwo implements AutoCloseable {
    private final Distillation d;
    private final Graph one;
    private final Graph two = new Graph();
    private final Session session;
    private final Op copied;
    private final List<FloatVariable> variables;

    OnTwo(Distillation d) {
      this.d = d;
      one = (Graph) d.tf().scope().env();
      copied = d.state().copiedAgain(d.tf(), List.of());
      variables = List.copyOf(d.state().all());
      variables.forEach(d.state()::read);
      GraphDef.Builder graph = one.toGraphDef().toBuilder();
      for (NodeDef.Builder node : graph.getNodeBuilderList()) {
        if (node.getDevice().isEmpty()) {
          node.setDevice(DEVICE);
        }
      }
      GraphAccess.importGraph(two, graph.build(), "", Map.of());
      session = new Session(two, ConfigProto.newBuilder().putDeviceCount("CPU", 2).build());
    }

    /** Begins where the training is. */
    void begin() {
      try (Result values = read(d.session())) {
        Session.Runner runner = session.runner();
        for (int i = 0; i < variables.size(); i++) {
          runner.feed(name(variables.get(i).loaded()), values.get(i));
          runner.addTarget(variables.get(i).load().op().name());
        }
        runner.run().close();
      }
      session.runner().addTarget(copied.op().name()).run().close();
    }

    Result read(Session from) {
      Session.Runner runner = from.runner();
      variables.forEach(variable -> runner.fetch(name(d.state().read(variable))));
      return runner.run();
    }

    /** Makes a run of a turn, and tells what was sent. */
    Sent run(Turn.Run run, Batch batch, long number) {
      StepInputs in = d.inputs();
      try (Tensor images = tensor(in, batch);
          Tensor labels = TInt32.vectorOf(batch.conditions().labels().orElseThrow());
          Tensor step = TInt64.scalarOf(number);
          Tensor part = TInt32.scalarOf(0)) {
        Session.Runner runner =
            session
                .runner()
                .feed(name(in.images()), images)
                .feed(name(in.condition().label()), labels)
                .feed(name(in.step()), step)
                .feed(name(in.part()), part)
                .addTarget(run.target().op().name());
        run.scalars().values().forEach(scalar -> runner.fetch(name(scalar)));
        try (Result result = runner.setOptions(TOLD).runAndFetchMetadata()) {
          return Sent.of(result.getMetadata().orElseThrow(), one);
        }
      }
    }

    private static TFloat32 tensor(StepInputs in, Batch batch) {
      TFloat32 tensor = TFloat32.tensorOf(in.images().shape());
      Weights.numbers(tensor).write(batch.images());
      return tensor;
    }

    private static String name(Operand<?> operand) {
      return operand.op().name() + ":" + operand.asOutput().index();
    }

    @Override
    public void close() {
      session.close();
      two.close();
    }
  }

  /**
   * Sizes in bytes of what went from one device to the other, but for what was fed.
   *
   * @param ops types of those that were computed on the host
   */
  private record Sent(List<Long> down, List<Long> up, List<String> ops) {

    static Sent of(RunMetadata run, Graph graph) {
      Sent sent = new Sent(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
      for (GraphDef part : run.getPartitionGraphsList()) {
        Map<String, NodeDef> nodes = new HashMap<>();
        part.getNodeList().forEach(node -> nodes.put(node.getName(), node));
        boolean onDevice = part.getNode(0).getDevice().endsWith(DEVICE);
        for (NodeDef node : part.getNodeList()) {
          if (node.getOp().endsWith("Send")) {
            NodeDef from = nodes.get(node.getInput(0).split(":")[0]);
            if (!from.getOp().equals("_Arg")) {
              (onDevice ? sent.down : sent.up).add(bytes(graph, from));
            }
          } else if (!onDevice) {
            sent.ops.add(node.getOp());
          }
        }
      }
      return sent;
    }

    /** Of a float32 tensor; what waits for what is told by constants of none. */
    private static long bytes(Graph graph, NodeDef node) {
      if (node.getOp().equals("Const")) {
        TensorShapeProto shape = node.getAttrOrThrow("value").getTensor().getTensorShape();
        return shape.getDimList().stream()
            .mapToLong(TensorShapeProto.Dim::getSize)
            .reduce(Float.BYTES, Math::multiplyExact);
      }
      return Float.BYTES * graph.operation(node.getName()).output(0).shape().size();
    }

    /** What is more than a few numbers, the largest last. */
    static List<Long> large(List<Long> sizes) {
      return sizes.stream().filter(size -> size > FEW_BYTES).sorted().toList();
    }
  }

  private static long bytes(Distillation d, String network) {
    return d.graph().holdings().weights().get(network);
  }

  @Test
  void gradientsGoDownAndWeightsGoUpAndNothingElseDoes() {
    DistillConfig.Builder settings = Tiny.config().setSteps(1);
    settings.addAverageBuilder().setDecay(0.9);
    settings.addAverageBuilder().setRelativeLength(0.1);
    settings.getFakeScoreBuilder().getOptimiserBuilder().setClipNorm(0.1);
    DistillConfig config = Configs.with(settings.build(), OffloadTest.ALL);
    Batches batches = Tiny.batches();
    try (Distillation d = OffloadTest.distillation(config, Memories.TWO);
        OnTwo two = new OnTwo(d)) {
      d.state().initialise(d.session());
      two.begin();
      List<List<Long>> expected =
          List.of(
              List.of(bytes(d, "fake_score"), bytes(d, "discriminator")),
              List.of(bytes(d, "fake_score"), bytes(d, "discriminator")),
              List.of(bytes(d, "student")));
      for (int i = 0; i < 3; i++) {
        Turn.Run run = d.step().get(i).get(0).runs().get(0);
        try (Feed feed = Feed.of(d.inputs(), batches.at(i), i, 0)) {
          feed.into(d.session().runner()).addTarget(run.target()).run().close();
        }
        Sent sent = two.run(run, batches.at(i), i);
        List<Long> sizes = expected.get(i).stream().sorted().toList();
        assertEquals(sizes, Sent.large(sent.down()));
        assertEquals(sizes, Sent.large(sent.up()));
        // A norm for each, and what is read off but for the norms, which the host has already.
        long few = sent.down().stream().filter(size -> 0 < size && size <= FEW_BYTES).count();
        assertEquals(run.scalars().size(), few, sent.toString());
        assertEquals(sizes.size(), sent.ops().stream().filter("ResourceApplyAdam"::equals).count());
        assertEquals(0, sent.ops().stream().filter(op -> op.contains("MatMul")).count());
        assertEquals(0, sent.ops().stream().filter("L2Loss"::equals).count());
      }
      try (Result one = two.read(d.session());
          Result other = two.read(two.session)) {
        for (int i = 0; i < two.variables.size(); i++) {
          assertArrayEquals(
              TensorBundle.floats((TFloat32) one.get(i)),
              TensorBundle.floats((TFloat32) other.get(i)),
              two.variables.get(i).name());
        }
      }
    }
  }
}
