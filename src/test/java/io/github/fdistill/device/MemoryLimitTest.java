package io.github.fdistill.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.files.ChildJava;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

class MemoryLimitTest {
  /** Fills 3 GB with ones; how many is a result, as with images that a graph makes. */
  static final class Filling {
    private Filling() {}

    public static void main(String[] args) {
      try (Graph graph = new Graph()) {
        Ops tf = NodeNames.ops(graph);
        Operand<TInt32> side = tf.placeholder(TInt32.class);
        Operand<TFloat32> all = tf.fill(tf.stack(List.of(side, side)), tf.constant(1f));
        Operand<TFloat32> mean = tf.math.mean(all, tf.constant(new int[] {0, 1}));
        try (Session session = new Session(graph);
            TInt32 many = TInt32.scalarOf(27_386);
            Result result = session.runner().feed(side, many).fetch(mean).run()) {
          System.out.println("holds all of it");
        } catch (TensorFlowException e) {
          System.out.println(RunFailure.of("a model", graph, "", e).getMessage());
        }
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whatNeedsMoreIsRefusedByTensorFlow() throws Exception {
    String worker = Lanes.asAlone(2).get(0);
    List<String> java =
        ChildJava.command(Filling.class.getName(), worker, "-XX:+UseSerialGC", "-Xmx128m");
    List<String> limited = MemoryLimit.around(java, OptionalLong.of(2_000_000_000));
    ProcessBuilder child = new ProcessBuilder(limited).redirectErrorStream(true);
    child.environment().put(OneDnn.VARIABLE, "0"); // Its pool waits ten seconds for memory.
    Process process = child.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    assertTrue(said.contains("OOM when allocating tensor with shape[27386,27386]"), said);
    assertTrue(
        said.contains("; this process may use 2.0 GB of memory, which is perhaps too little"),
        said);
    String remedy = "take fewer --local-workers, or ask for fewer or smaller images";
    assertTrue(said.contains(remedy), said);
  }

  @Test
  void withoutALimitACommandStaysAsItIs() {
    List<String> java = List.of("java", "-Xmx1g", "Main");
    assertEquals(java, MemoryLimit.around(java, OptionalLong.empty()));
  }
}
