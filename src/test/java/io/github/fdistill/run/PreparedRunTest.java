package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.workers.Crews;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparedRunTest {
  @TempDir Path folder;

  /**
   * A pretraining's network stands in a file of its own, which is no input and not in the config.
   */
  @Test
  void workersOfOtherNetworksAreRefused() {
    InputException refused =
        assertThrows(
            InputException.class,
            () ->
                Crews.once(
                    2,
                    crew -> {
                      NetworkConfig.Builder network = NetworkConfig.newBuilder();
                      network.getMlpBuilder().addHidden(8 + crew.worker());
                      PretrainConfig config = PretrainConfig.newBuilder().setName("a").build();
                      RunPlan plan =
                          new RunPlan(
                              "pretrain",
                              "a",
                              0,
                              1,
                              Map.of(RunPlan.CONFIG, config, RunFiles.NETWORK, network.build()),
                              List.of());
                      RunOrder order = RunOrder.of(new Workspace(folder)).with(crew);
                      PreparedRun run =
                          new PreparedRun(order, plan, new PreparedRun.Batching(2, 1, 1), null);
                      return crew.leads() ? run.run() : run.follow(() -> false);
                    }));
    String said = refused.getMessage();
    assertTrue(said.contains("'mlp.hidden[0]: 9' where worker 0 has 'mlp.hidden[0]: 8'"), said);
  }
}
