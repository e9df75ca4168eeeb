package io.github.fdistill.device;

import io.github.fdistill.InputException;
import java.util.List;
import java.util.function.Supplier;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/** What a process is to compute on. */
public enum DeviceChoice {
  /** A GPU where TensorFlow has one, else the CPU. */
  AUTO,

  /** The CPU, whatever else there is. */
  CPU {
    @Override
    ConfigProto settings(int threadsPerOp, boolean gpu) {
      return super.settings(threadsPerOp, false).toBuilder().putDeviceCount("GPU", 0).build();
    }
  },

  /** A GPU and nothing less. */
  GPU {
    @Override
    void require(Supplier<List<Device>> listed) {
      List<Device> devices = listed.get();
      if (devices.stream().noneMatch(Device::isGpu)) {
        throw new InputException(
            "--device gpu",
            "TensorFlow lists only " + devices.stream().map(Device::shortName).toList(),
            "a GPU that TensorFlow can use",
            "./fdistill doctor says what is missing");
      }
    }
  };

  /**
   * How TensorFlow is told; the default settings take what there is. A graph is optimised once
   * over, not twice, and its shapes are not inferred once more by MLIR, nor to look for products of
   * shapes, which no network was found to have: the first steps begin sooner, and the others are as
   * fast. So they are on a CPU without the passes that choose a layout and save memory, which were
   * found to change nothing there.
   *
   * <p>A GPU's memory is taken as it is needed, and not almost all of it at once: each model that
   * is served is a process of its own, and they share the card.
   *
   * @param threadsPerOp at most; 0: as many as the system lets this process have. TensorFlow has
   *     one pool of them for the whole process: what the first session says is what holds
   * @param gpu whether there may be one
   */
  ConfigProto settings(int threadsPerOp, boolean gpu) {
    RewriterConfig.Builder once =
        RewriterConfig.newBuilder()
            .setMetaOptimizerIterations(RewriterConfig.NumIterationsType.ONE)
            .setShapeOptimization(RewriterConfig.Toggle.OFF)
            .setDisableTfgOptimizer(true);
    if (!gpu) {
      once.setLayoutOptimizer(RewriterConfig.Toggle.OFF)
          .setMemoryOptimization(RewriterConfig.MemOptType.NO_MEM_OPT);
    }
    return ConfigProto.newBuilder()
        .setGpuOptions(GPUOptions.newBuilder().setAllowGrowth(gpu))
        .setIntraOpParallelismThreads(threadsPerOp)
        .setGraphOptions(GraphOptions.newBuilder().setRewriteOptions(once))
        .build();
  }

  /**
   * @param listed the devices that TensorFlow lists; not asked for where any would do
   * @throws InputException when what was chosen is not among them
   */
  void require(Supplier<List<Device>> listed) {}
}
