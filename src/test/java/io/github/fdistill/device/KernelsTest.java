package io.github.fdistill.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.DataType;

class KernelsTest {

  @Test
  void aProductOfMatricesIsInTheRecordInEachPrecision() {
    Kernels kernels = Kernels.ofGpuBuild();
    for (DataType type : List.of(DataType.DT_FLOAT, DataType.DT_BFLOAT16, DataType.DT_HALF)) {
      assertTrue(kernels.find("MatMul", attribute -> List.of(type)).isPresent(), type::name);
    }
    assertTrue(kernels.find("MatMul", attribute -> List.of(DataType.DT_STRING)).isEmpty());
    assertTrue(kernels.find("EncodePng", attribute -> List.of(DataType.DT_UINT8)).isEmpty());
  }

  @Test
  void shapesLieOnTheHost() {
    Kernels.Kernel reshape =
        Kernels.ofGpuBuild()
            .find(
                "Reshape",
                name -> List.of(name.equals("T") ? DataType.DT_FLOAT : DataType.DT_INT32))
            .orElseThrow();
    assertEquals(Set.of("shape"), reshape.onHost());
  }

  /** {@code mvn -Pgpu test -Dtest=KernelsTest} compares, or with this property writes. */
  @Test
  void theRecordIsWhatTheBuildForGpusHas() throws IOException {
    assumeTrue(GpuBuild.loaded());
    String file = System.getProperty("fdistill.record.kernels");
    if (file != null) {
      Files.writeString(
          Path.of(file),
          "# Kernels for GPUs of TensorFlow "
              + Natives.version()
              + ": op, device, types of its attributes, what lies on the host\n"
              + String.join("\n", Kernels.loaded().lines())
              + "\n");
    }
    assertEquals(Kernels.ofGpuBuild().lines(), Kernels.loaded().lines());
  }
}
