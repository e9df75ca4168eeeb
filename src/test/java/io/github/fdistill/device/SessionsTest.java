package io.github.fdistill.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.fdistill.InputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class SessionsTest {
  @Test
  void everyChoiceComputes() {
    for (DeviceChoice choice : List.of(DeviceChoice.AUTO, DeviceChoice.CPU)) {
      try (Sessions.Hold device = Sessions.use(choice);
          Graph graph = Sessions.graph();
          Session session = Sessions.open(graph)) {
        Ops tf = NodeNames.ops(graph);
        Operand<TFloat32> four = tf.math.square(tf.constant(2f));
        try (Result result = session.runner().fetch(four).run()) {
          assertEquals(4f, ((TFloat32) result.get(0)).getFloat());
        }
      }
    }
  }

  /** TensorFlow would take all cores of the machine, also where Java was given a share of them. */
  @Test
  void threadsAreAsManyAsTheCoresThatThisProcessIsToHave() {
    int cores = Runtime.getRuntime().availableProcessors();
    try (Sessions.Hold device = Sessions.use(DeviceChoice.CPU)) {
      assertEquals(cores, Sessions.settings().getInterOpParallelismThreads());
      Sessions.useOneLane();
      assertEquals(cores, Sessions.settings().getIntraOpParallelismThreads());
    }
    System.setProperty(Lanes.THREADS, "5");
    try {
      assertEquals(5, Sessions.settings().getIntraOpParallelismThreads(), "as one alone has");
    } finally {
      System.clearProperty(Lanes.THREADS);
    }
    assertEquals(List.of("-Dfdistill.lanes=2", "-Dfdistill.threads=4"), Lanes.asAlone(7));
    assertEquals(List.of("-Dfdistill.lanes=1", "-Dfdistill.threads=1"), Lanes.asAlone(1));
  }

  @Test
  void theCpuAloneListsNothingElse() {
    try (Sessions.Hold device = Sessions.use(DeviceChoice.CPU)) {
      assertEquals(List.of("CPU:0"), Sessions.devices().stream().map(Device::shortName).toList());
    }
  }

  @Test
  void aGpuThatIsNotThereIsNotChosen() {
    assumeTrue(Sessions.devices().stream().noneMatch(Device::isGpu), "for a machine without a GPU");
    assertThrows(InputException.class, () -> Sessions.use(DeviceChoice.GPU));
    assertEquals(1, Sessions.devices().size());
  }

  /** Else sessions of the first, opened later, would be on the device of the second. */
  @Test
  void twoThatRunAtATimeHaveOneChoice() {
    try (Sessions.Hold first = Sessions.use(DeviceChoice.CPU)) {
      InputException refused =
          assertThrows(InputException.class, () -> Sessions.use(DeviceChoice.AUTO));
      assertTrue(refused.getMessage().contains("the choice CPU"), refused.getMessage());
      Sessions.use(DeviceChoice.CPU).close();
      assertThrows(InputException.class, () -> Sessions.use(DeviceChoice.AUTO), "the first holds");
    }
    Sessions.use(DeviceChoice.AUTO).close();
  }

  @Test
  void aHoldEndsOnce() {
    Sessions.Hold first = Sessions.use(DeviceChoice.CPU);
    try (Sessions.Hold second = Sessions.use(DeviceChoice.CPU)) {
      first.close();
      first.close();
      assertThrows(InputException.class, () -> Sessions.use(DeviceChoice.AUTO));
    }
  }
}
