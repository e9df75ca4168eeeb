package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.device.DeviceChoice;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;

class StepInputsTest {
  private static int slices(int batch, int parts, long height, long width) {
    try (Graph graph = new Graph()) {
      Shape image = Shape.of(height, width, 1);
      return Tiny.inputs(NodeNames.ops(graph), batch, parts, image, Conditioning.NONE, 1).slices();
    }
  }

  @Test
  void onlyWhatIsLargeAndEvenIsSliced() {
    int lanes = Sessions.lanes();
    assertEquals(lanes, slices(64, 1, 28, 28));
    assertEquals(lanes, slices(64, 2, 28, 28));
    assertEquals(1, slices(63, 1, 28, 28), "an odd batch");
    assertEquals(1, slices(1024, 1, 1, 1), "a mixture's points");
    assertEquals(1, slices(8, 1, 28, 28), "a small batch");
    try (Sessions.Hold device = Sessions.use(DeviceChoice.AUTO)) {
      Sessions.useOneLane();
      assertEquals(1, slices(64, 1, 28, 28));
    }
  }
}
