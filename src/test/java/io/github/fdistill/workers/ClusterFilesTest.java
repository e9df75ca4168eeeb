package io.github.fdistill.workers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.Pages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of docs/workers.md; of its script {@code srun} and {@code scontrol} do nothing. */
class ClusterFilesTest {
  @TempDir Path folder;

  private static String page() throws IOException {
    return Files.readString(Pages.DOCS.resolve("workers.md"));
  }

  /** Else whoever reaches the pod's address is served by TensorFlow there. */
  @Test
  void thePodsOfEachKindAreThoseOfTheNetworkPolicy() throws IOException {
    String policy = page().split("kind: NetworkPolicy\n")[1].split("```")[0];
    assertTrue(policy.contains("  podSelector:\n    matchLabels:\n      app: fdistill\n"));
    List<String> templates = List.of(page().split("\n +template:\n"));
    assertEquals(1 + 2, templates.size());
    for (String template : templates.subList(1, 3)) {
      assertTrue(template.matches("(?s) +metadata:\n +labels:\n +app: fdistill\n.*"), template);
    }
  }

  private static String script() throws IOException {
    return page().split("\n## Slurm\n")[1].split("```sh\n")[1].split("```")[0];
  }

  private void command(String name, String does) throws IOException {
    Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + does + "\n");
    file.toFile().setExecutable(true);
  }

  /** What the script ends with and asks of Slurm when its step ends with a code. */
  private String ended(int code, Optional<String> restarts) throws Exception {
    command("srun", "exit " + code);
    command("scontrol", "echo \"$@\"");
    ProcessBuilder shell = new ProcessBuilder("sh", "-c", script());
    Map<String, String> variables = shell.environment();
    variables.put("PATH", folder + ":" + variables.get("PATH"));
    variables.put("SLURM_JOB_ID", "7");
    variables.remove("SLURM_RESTART_COUNT"); // This may be a job itself.
    restarts.ifPresent(count -> variables.put("SLURM_RESTART_COUNT", count));
    Process process = shell.start();
    String said = new String(process.getInputStream().readAllBytes());
    return process.waitFor() + " " + said.strip();
  }

  @Test
  void aJobThatMayGoOnIsRequeuedAndNotForEver() throws Exception {
    assertEquals("75 requeue 7", ended(75, Optional.empty()));
    assertEquals("143 requeue 7", ended(143, Optional.of("19")));
    assertEquals("75", ended(75, Optional.of("20")).strip());
    assertEquals("1", ended(1, Optional.empty()).strip());
    assertEquals("0", ended(0, Optional.empty()).strip());
  }
}
