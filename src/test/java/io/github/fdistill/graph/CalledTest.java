package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.github.fdistill.InputException;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/** Functions that are called often, or in each other, cost no more than what they hold. */
class CalledTest {
  private static final int LEVELS = 8;

  /** Of ten outputs, eight levels deep: there are 10^8 ways to the first. */
  @Test
  void theOutputsOfACallAreLookedForOnce() {
    List<String> in = IntStream.range(0, 10).mapToObj(i -> "x" + i).toList();
    StringBuilder text = new StringBuilder();
    for (int level = 0; level < LEVELS; level++) {
      boolean last = level == LEVELS - 1;
      String from = last ? "=x" : "=within:output:";
      List<String> out = IntStream.range(0, 10).mapToObj(i -> "y" + i + from + i).toList();
      String next = FunctionInlinerTest.call("within", "f" + (level + 1), String.join(" ", in), 10);
      String[] body = last ? new String[0] : new String[] {next};
      text.append(FunctionInlinerTest.function("f" + level, in, out, body));
    }
    String x = FunctionInlinerTest.constant("x", "DT_FLOAT", "float_val: 3", "");
    String y = FunctionInlinerTest.call("y", "f0", "x ".repeat(10).strip(), 10);
    text.append("node { ").append(x).append(" } node { ").append(y).append(" }");
    GraphDef graph = FunctionInlinerTest.graph(text.toString());
    assertEquals("x", FunctionInliner.inline(graph, "here", Set.of()).tensor("y:9"));
  }

  /**
   * A constant's numbers are those of the graph that was read; each call more writes them again.
   */
  @Test
  void aConstantIsHeldOnceForEachCallButTheFirst() {
    TensorProto numbers =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_UINT8)
            .setTensorContent(ByteString.copyFrom(new byte[700_000]))
            .build();
    AttrValue value = AttrValue.newBuilder().setTensor(numbers).build();
    NodeDef node = NodeDef.newBuilder().setOp("Const").putAttr("value", value).build();
    HeldNodes held = new HeldNodes("file.pb", 1 << 20);
    held.hold("first/", node);
    held.hold("second/", node);
    String refused =
        assertThrows(InputException.class, () -> held.hold("third/", node)).getMessage();
    assertTrue(refused.contains("more than 1 MiB of nodes without calls"), refused);
    assertTrue(refused.contains("FDISTILL_JAVA_FLAGS=-Xmx"), refused);
  }
}
