package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run that is killed and started again is bit for bit the unbroken one; KillTrialTest has more.
 */
class KillTest {
  @TempDir Path folder;

  @Tag("trial")
  @Test
  @Timeout(600)
  void duringACheckpointAnEvaluationAndTheExport() throws Exception {
    KilledRun run = new KilledRun(folder);
    for (Phase phase : new Phase[] {Phase.CHECKPOINT, Phase.EVALUATION, Phase.EXPORT}) {
      assertTrue(run.kill(new KilledRun.Moment(Optional.of(phase), 0)).isPresent(), phase.text);
    }
    assertEquals(Optional.empty(), run.kill(KilledRun.Moment.NEVER));
  }
}
