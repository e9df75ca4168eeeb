package io.github.fdistill.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.RewriterConfig;

class DeviceChoiceTest {
  private static final Device CPU =
      new Device("/job:localhost/replica:0/task:0/device:CPU:0", "CPU", 1 << 28);
  private static final Device GPU =
      new Device("/job:localhost/replica:0/task:0/device:GPU:0", "GPU", 1L << 36);

  @Test
  void aGpuIsNeededWhereItIsAskedForAndNowhereElse() {
    DeviceChoice.GPU.require(() -> List.of(CPU, GPU));
    InputException refused =
        assertThrows(InputException.class, () -> DeviceChoice.GPU.require(() -> List.of(CPU)));
    assertTrue(refused.getMessage().contains("[CPU:0]"), refused.getMessage());
    for (DeviceChoice choice : List.of(DeviceChoice.AUTO, DeviceChoice.CPU)) {
      choice.require(
          () -> {
            throw new AssertionError(choice + " asks for the devices");
          });
    }
  }

  @Test
  void theCpuAloneMeansNoGpuInTheSession() {
    assertEquals(0, DeviceChoice.CPU.settings(0, true).getDeviceCountOrThrow("GPU"));
    for (DeviceChoice choice : List.of(DeviceChoice.AUTO, DeviceChoice.GPU)) {
      assertEquals(0, choice.settings(0, true).getDeviceCountCount(), "as many as there are");
    }
  }

  /** Several processes may share a card: none takes all of its memory at once. */
  @Test
  void aGpusMemoryIsTakenAsItIsNeeded() {
    for (DeviceChoice choice : List.of(DeviceChoice.AUTO, DeviceChoice.GPU)) {
      assertTrue(choice.settings(0, true).getGpuOptions().getAllowGrowth());
    }
  }

  @Test
  void aGraphIsOptimisedOnceOverWhateverItRunsOn() {
    for (DeviceChoice choice : DeviceChoice.values()) {
      for (boolean gpu : new boolean[] {false, true}) {
        RewriterConfig rewrites = rewrites(choice, gpu);
        assertEquals(RewriterConfig.NumIterationsType.ONE, rewrites.getMetaOptimizerIterations());
        assertTrue(rewrites.getDisableTfgOptimizer());
        assertEquals(RewriterConfig.Toggle.OFF, rewrites.getShapeOptimization());
      }
    }
  }

  @Test
  void passesForGpusAreLeftOutWhereThereIsNone() {
    RewriterConfig.MemOptType no = RewriterConfig.MemOptType.NO_MEM_OPT;
    for (DeviceChoice choice : DeviceChoice.values()) {
      boolean needed = choice != DeviceChoice.CPU;
      assertEquals(RewriterConfig.Toggle.OFF, rewrites(choice, false).getLayoutOptimizer());
      assertEquals(no, rewrites(choice, false).getMemoryOptimization());
      assertEquals(
          needed, rewrites(choice, true).getLayoutOptimizer() != RewriterConfig.Toggle.OFF);
      assertEquals(needed, rewrites(choice, true).getMemoryOptimization() != no);
    }
  }

  private static RewriterConfig rewrites(DeviceChoice choice, boolean gpu) {
    return choice.settings(0, gpu).getGraphOptions().getRewriteOptions();
  }

  @Test
  void settingsReachTensorFlow() {
    ConfigProto three = ConfigProto.newBuilder().putDeviceCount("CPU", 3).build();
    List<Device> devices = Device.list(three);
    assertEquals(
        List.of("CPU:0", "CPU:1", "CPU:2"), devices.stream().map(Device::shortName).toList());
    assertEquals(CPU.name(), devices.get(0).name());
    assertTrue(devices.stream().allMatch(d -> d.type().equals("CPU") && d.memoryBytes() > 0));
    assertFalse(devices.get(0).isGpu());
    assertEquals(1, Device.list(ConfigProto.getDefaultInstance()).size());
  }
}
