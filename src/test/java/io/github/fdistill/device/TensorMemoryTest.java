package io.github.fdistill.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TensorMemoryTest {
  private static final String POOL = "TF_CPU_ALLOCATOR_USE_BFC";
  private static final String SYSTEM = "TF_ONEDNN_USE_SYSTEM_ALLOCATOR";

  @Test
  void thePoolIsTakenUnlessTheEnvironmentSaysOtherwise() {
    assertEquals(TensorMemory.POOL, TensorMemory.chosen(Map.of()));
    assertEquals(TensorMemory.POOL, TensorMemory.chosen(Map.of(POOL, "", SYSTEM, "0")));
    assertEquals(TensorMemory.SYSTEM, TensorMemory.chosen(Map.of(SYSTEM, "1")));
    assertEquals(TensorMemory.BUILT_IN, TensorMemory.chosen(Map.of(POOL, "False")));
    assertEquals(TensorMemory.POOL, TensorMemory.chosen(Map.of(POOL, "1", SYSTEM, "1")));
    assertEquals(TensorMemory.SYSTEM, TensorMemory.chosen(Map.of(POOL, "0", SYSTEM, "true")));
  }

  @Test
  void onlyThePoolNeedsVariables() {
    assertEquals("true", TensorMemory.POOL.variables().get(POOL));
    long limit = Long.parseLong(TensorMemory.POOL.variables().get("TF_CPU_BFC_MEM_LIMIT_IN_MB"));
    assertTrue(limit > Runtime.getRuntime().maxMemory() >> 20);
    assertEquals(Map.of(), TensorMemory.SYSTEM.variables());
    assertEquals(Map.of(), TensorMemory.BUILT_IN.variables());
  }
}
