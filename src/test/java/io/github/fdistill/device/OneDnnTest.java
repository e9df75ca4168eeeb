package io.github.fdistill.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whether TensorFlow takes oneDNN: by the processor, or by what a variable says. */
class OneDnnTest {
  private static boolean taken(String flag, String... said) {
    Map<String, String> environment =
        said.length == 0 ? Map.of() : Map.of(OneDnn.VARIABLE, said[0]);
    return OneDnn.isTaken(new Processor("", Set.of("avx2", flag)), environment);
  }

  @Test
  void theVariableGoesBeforeTheProcessor() {
    assertEquals(false, taken("fma"));
    assertEquals(true, taken("avx512_vnni"));
    assertEquals(true, taken("amx_int8"));
    assertEquals(true, taken("fma", "1"));
    assertEquals(true, taken("fma", "True"));
    assertEquals(false, taken("avx_vnni", "0"));
    assertEquals(false, taken("avx_vnni", "FALSE"));
    assertEquals(true, taken("avx_vnni", "perhaps"), "TensorFlow then goes by the processor");
  }
}
