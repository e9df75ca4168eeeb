package io.github.fdistill.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.fdistill.InputException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class SessionsTest {
  @AfterEach
  void whatThereIs() {
    Sessions.use(DeviceChoice.AUTO);
  }

  @Test
  void everyChoiceComputes() {
    for (DeviceChoice choice : List.of(DeviceChoice.AUTO, DeviceChoice.CPU)) {
      Sessions.use(choice);
      try (Graph graph = new Graph();
          Session session = Sessions.open(graph)) {
        Ops tf = Ops.create(graph);
        Operand<TFloat32> four = tf.math.square(tf.constant(2f));
        try (Result result = session.runner().fetch(four).run()) {
          assertEquals(4f, ((TFloat32) result.get(0)).getFloat());
        }
      }
    }
  }

  @Test
  void theCpuAloneListsNothingElse() {
    Sessions.use(DeviceChoice.CPU);
    assertEquals(List.of("CPU:0"), Sessions.devices().stream().map(Device::shortName).toList());
  }

  @Test
  void aGpuThatIsNotThereIsNotChosen() {
    assumeTrue(Sessions.devices().stream().noneMatch(Device::isGpu), "for a machine without a GPU");
    assertThrows(InputException.class, () -> Sessions.use(DeviceChoice.GPU));
    assertEquals(1, Sessions.devices().size());
  }
}
