package io.github.fdistill.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.Device;
import io.github.fdistill.doctor.Finding.State;
import org.junit.jupiter.api.Test;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;

class MatrixProductTest {
  private static final Device CPU = new Device("/device:CPU:0", "CPU", 0);

  @Test
  void theProductIsTheKnownOneInBothPrecisions() {
    assertTrue(new MatrixProduct(CPU, 64, 3).gigaflops(TFloat32.class) > 0);
    assertTrue(new MatrixProduct(CPU, 64, 3).gigaflops(TBfloat16.class) > 0);
  }

  @Test
  void withoutAFactorItIsNot() {
    MatrixProduct none = new MatrixProduct(CPU, 64, 0);
    IllegalStateException wrong =
        assertThrows(IllegalStateException.class, () -> none.gigaflops(TFloat32.class));
    assertEquals("a product of matrices is off by 1.0", wrong.getMessage());
  }

  @Test
  void itRunsOnTheDeviceAskedFor() {
    Finding finding = new MatrixProduct(new Device("/device:GPU:7", "GPU", 0), 64, 1).finding();
    assertEquals(State.MISSING, finding.state());
    assertEquals("on GPU:7", finding.what());
    assertTrue(finding.found().contains("GPU:7"), finding::toString);
  }
}
