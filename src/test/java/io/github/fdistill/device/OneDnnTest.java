package io.github.fdistill.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether TensorFlow takes oneDNN, by the processor or a variable; and what computes, in words. */
class OneDnnTest {
  private static boolean taken(String flag, String... said) {
    Map<String, String> environment =
        said.length == 0 ? Map.of() : Map.of(OneDnn.VARIABLE, said[0]);
    return OneDnn.isTaken(new Processor("", Set.of("avx2", flag)), environment);
  }

  /** Workers whose words are others are told that bits may differ. */
  @Test
  void devicesThatDifferAreNamedOtherwise(@TempDir Path root) throws IOException {
    Optional<Processor> arm = Optional.of(new Processor("", Set.of("sve", "asimd")));
    assertEquals("CPU: aarch64 asimd sve", DeviceInWords.cpu("aarch64", arm, Optional.empty()));
    Optional<Processor> old = Optional.of(new Processor("Xeon E5", Set.of("avx")));
    assertEquals("CPU: amd64 Xeon E5", DeviceInWords.cpu("amd64", old, Optional.empty()));
    String without = DeviceInWords.cpu("amd64", old, Optional.of(false));
    assertEquals("CPU: amd64 Xeon E5 without oneDNN", without);
    assertEquals("CPU: arm", DeviceInWords.cpu("arm", Optional.empty(), Optional.empty()));
    assertEquals("GPU", DeviceInWords.gpu(root, Map.of()));
    gpu(root, "0000:01:00.0", "NVIDIA A100");
    gpu(root, "0000:02:00.0", "NVIDIA A100");
    Map<String, String> second = Map.of("CUDA_VISIBLE_DEVICES", "1");
    assertEquals("GPU: NVIDIA A100", DeviceInWords.gpu(root, second));
    gpu(root, "0000:03:00.0", "NVIDIA H200");
    String either = "GPU: NVIDIA A100 or NVIDIA H200 (CUDA_VISIBLE_DEVICES=1)";
    assertEquals(either, DeviceInWords.gpu(root, second));
  }

  private static void gpu(Path root, String bus, String model) throws IOException {
    Path folder = Files.createDirectories(root.resolve("proc/driver/nvidia/gpus/" + bus));
    Files.writeString(folder.resolve("information"), "Model: \t\t " + model + "\nIRQ: 7\n");
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
