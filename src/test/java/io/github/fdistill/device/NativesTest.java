package io.github.fdistill.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.ChildJvm;
import java.io.IOException;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class NativesTest {
  /** Four times the heap, JavaCPP's own limit, is less than TensorFlow and the tensor take. */
  @Test
  void whoSetsNothingUpMayUseMoreMemoryThanTheHeap() throws IOException, InterruptedException {
    try (ChildJvm child = ChildJvm.start(Map.of("JAVA_TOOL_OPTIONS", "-Xmx32m"), Squares.class)) {
      child.awaitLine("limits 0 0");
      child.awaitLine("9.0");
      child.assertExitCode(0);
    }
  }

  @Test
  void whatTheUserSaidStands() throws IOException, InterruptedException {
    String said = "-Dorg.bytedeco.javacpp.maxbytes=3g";
    try (ChildJvm child = ChildJvm.start(Map.of("JAVA_TOOL_OPTIONS", said), Squares.class)) {
      child.awaitLine("limits " + (3L << 30) + " 0");
      child.assertExitCode(0);
    }
  }

  /** Else the libraries would be unpacked to a folder "?" where the program works. */
  @Test
  void whoHasNoHomeHasTheLibrariesInTheTemporaryFolder() throws IOException, InterruptedException {
    Map<String, String> homeless =
        Map.of("JAVA_TOOL_OPTIONS", "-Duser.home=? -Djava.io.tmpdir=target/homeless");
    try (ChildJvm child = ChildJvm.start(homeless, CacheFolder.class)) {
      child.awaitLine("target/homeless/.javacpp/cache");
      child.assertExitCode(0);
    }
  }

  @Test
  void theVersionIsTensorFlows() {
    assertEquals("2.18.0", Natives.version());
  }

  /** 256 MiB of threes squared, in a session; the memory is asked for again and again. */
  static final class Squares {
    private static final int LENGTH = 64 << 20;

    public static void main(String[] args) {
      try (Graph graph = Sessions.graph();
          Session session = Sessions.open(graph)) {
        Ops tf = NodeNames.ops(graph);
        Operand<TFloat32> threes = tf.fill(tf.constant(new int[] {LENGTH}), tf.constant(3f));
        Operand<TFloat32> nines = tf.math.square(threes);
        System.out.println("limits " + Pointer.maxBytes() + " " + Pointer.maxPhysicalBytes());
        for (int run = 0; run < 4; run++) {
          try (Result result = session.runner().fetch(nines).run()) {
            System.out.println(((TFloat32) result.get(0)).getFloat(LENGTH - 1));
          }
        }
      }
    }
  }

  /** Where JavaCPP is told to unpack. */
  static final class CacheFolder {
    public static void main(String[] args) {
      Natives.setUp();
      System.out.println(System.getProperty("org.bytedeco.javacpp.cachedir"));
    }
  }
}
