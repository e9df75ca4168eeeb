package io.github.fdistill.device;

import io.github.fdistill.InputException;
import java.util.List;
import java.util.function.Supplier;
import org.tensorflow.proto.ConfigProto;

/** What a process is to compute on. */
public enum DeviceChoice {
  /** A GPU where TensorFlow has one, else the CPU. */
  AUTO,

  /** The CPU, whatever else there is. */
  CPU {
    @Override
    ConfigProto settings() {
      return ConfigProto.newBuilder().putDeviceCount("GPU", 0).build();
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

  /** How TensorFlow is told; the default settings take what there is. */
  ConfigProto settings() {
    return ConfigProto.getDefaultInstance();
  }

  /**
   * @param listed the devices that TensorFlow lists; not asked for where any would do
   * @throws InputException when what was chosen is not among them
   */
  void require(Supplier<List<Device>> listed) {}
}
