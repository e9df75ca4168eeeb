package io.github.fdistill.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Precision;
import io.github.fdistill.device.Sessions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.AllocationRecord;
import org.tensorflow.proto.AllocatorMemoryUsed;
import org.tensorflow.proto.DeviceStepStats;
import org.tensorflow.proto.NodeExecStats;
import org.tensorflow.proto.RunMetadata;
import org.tensorflow.proto.StepStats;

class TraceTest {

  /** An op that begins at a time in nanoseconds; its kernel 10 later. */
  private static NodeExecStats op(String type, long start, long length, long... changes) {
    AllocatorMemoryUsed.Builder memory = AllocatorMemoryUsed.newBuilder();
    for (int i = 0; i < changes.length; i += 2) {
      memory.addAllocationRecords(
          AllocationRecord.newBuilder().setAllocMicros(changes[i]).setAllocBytes(changes[i + 1]));
    }
    return NodeExecStats.newBuilder()
        .setNodeName("node")
        .setTimelineLabel("scope/node = " + type + "(a = b(c), d)")
        .setAllStartNanos(start)
        .setOpStartRelNanos(10)
        .setOpEndRelNanos(10 + length)
        .addMemory(memory)
        .build();
  }

  private static RunMetadata run(String device, NodeExecStats... ops) {
    DeviceStepStats.Builder stats = DeviceStepStats.newBuilder().setDevice(device);
    return RunMetadata.newBuilder()
        .setStepStats(StepStats.newBuilder().addDevStats(stats.addAllNodeStats(List.of(ops))))
        .build();
  }

  @Test
  void addsUpByTypeOverRuns() {
    Trace trace =
        Trace.of(
            List.of(
                run(
                    "/device:CPU:0",
                    op("Mul", 1000, 100, 1, 50, 9, -50),
                    op("_MklNativeFusedConv2D", 1050, 500, 2, 30, 3, 40, 4, -40),
                    op("_MklNativeConv2DWithBias", 1600, 200)),
                run("/device:CPU:0", op("FusedBatchNormV3", 0, 200, 7, 80)),
                run("/device:GPU:0/stream:all", op("Mul", 0, 1_000_000))));
    assertEquals(List.of("Conv2D", "FusedBatchNormV3", "Mul"), List.copyOf(trace.ops().keySet()));
    assertEquals(2, trace.ops().get("Conv2D").count());
    assertEquals(700e-9, trace.ops().get("Conv2D").seconds(), 1e-15);
    assertEquals(0.7, trace.share("Conv2D"), 1e-9);
    assertEquals(0, trace.share("MatMul"));
    assertEquals(800e-9 + 200e-9, trace.seconds(), 1e-15);
    assertEquals(50 + 30 + 40, trace.peakBytes(), "the second run holds less");
  }

  /**
   * What TensorFlow tells of a run is understood: its own names for products on this machine too.
   */
  @Test
  void ofAProductOfMatrices() {
    try (Subject matrices = MatrixRate.open(Precision.FLOAT32)) {
      Workload product = matrices.workloads().get(0);
      Trace trace = Trace.of(product);
      for (int i = 0; i < 2 && trace.share("MatMul") <= 0.5; i++) { // Something came between.
        trace = Trace.of(product);
      }
      assertEquals(Set.of("MatMul"), product.operations().byType().keySet());
      assertEquals(2 * Sessions.lanes(), trace.ops().get("MatMul").count(), trace.toString());
      assertTrue(trace.share("MatMul") > 0.5, trace.toString());
      assertTrue(trace.seconds() > 0 && trace.peakBytes() >= 2048 * 2048 * 4, trace.toString());
    }
  }
}
