package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.fdistill.device.Device;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.journal.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.TensorFlow;

class DeviceFlagTest {
  private static final List<String> COMMANDS =
      List.of("train", "pretrain", "features", "study", "sample", "evaluate");

  @TempDir Path folder;

  @Test
  void aGpuThatTensorFlowCannotUseIsRefusedBeforeAnyWork() {
    assumeTrue(Sessions.devices().stream().noneMatch(Device::isGpu), "for a machine without a GPU");
    for (String command : COMMANDS) {
      new Workplace(folder)
          .run(command, "--device", "gpu")
          .failed(
              "fdistill " + command + ": --device gpu: TensorFlow lists only [CPU:0]",
              "needed: a GPU that TensorFlow can use",
              "remedy: ./fdistill doctor says what is missing");
    }
    assertFalse(Files.exists(folder.resolve("runs")), "nothing was begun");
  }

  @Test
  void whatIsNoDevice() {
    for (String command : COMMANDS) {
      new Workplace(folder)
          .run(command, "--device", "tpu")
          .failed("--device: 'tpu'", "auto, cpu or gpu");
    }
  }

  @Test
  void theRecordSaysWhatARunComputesOn() throws IOException {
    Workplace place = Workplace.create(folder);
    place.pretrain("--device=cpu:1", "steps=1").done(); // One worker is a command alone.
    place.pretrain("--device=auto:1", "steps=1").failed("auto:1", "auto, cpu or gpu");
    String record = place.read("runs/teacher/record.json");
    String devices =
        """
          "devices": [
            {
              "name": "CPU:0",
              "type": "CPU",
              "memory_bytes": 268435456
            }
          ],
        """;
    assertTrue(record.contains(devices), record);
    assertTrue(record.contains("\"tensorflow\": \"" + TensorFlow.version() + "\""), record);
    assertTrue(record.contains("\"commit\": \"unknown\""), record);
  }

  @Test
  void theVersionsOfAllThatMatters() {
    String versions = new Workplace(folder).run("--version").done();
    assertEquals(
        String.join(
            "\n",
            "fdistill " + Program.running().version(),
            "commit unknown",
            "TensorFlow " + TensorFlow.version(),
            "Java " + Runtime.version(),
            ""),
        versions);
  }
}
