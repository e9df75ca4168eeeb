package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.Networks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The networks that a distillation begins with. */
class BeginningTest {
  private static final NetworkConfig NETWORK =
      Configs.of(
          "image { height: 8 width: 8 channels: 1 } mlp { hidden: [8] }",
          NetworkConfig.getDefaultInstance());

  @TempDir Path folder;

  /** Named or not; what is said to be called in another way is another. */
  @Test
  void ofOneModelThereIsOneCopyOfTheWeights() throws IOException {
    for (String name : List.of("teacher", "other")) {
      NamedModel.write(Networks.denoiser(NETWORK, 1), folder.resolve(name + "/1"), version -> {});
    }
    DenoiserModel open = DenoiserModel.read(folder.resolve("teacher"));
    DistillConfig named = config("student=teacher", "fake_score.start=teacher/1");
    Beginning same = beginning(open, named);
    assertSame(open, same.student());
    assertSame(open, same.fakeScore());
    DistillConfig told = named.toBuilder().setStudentInfo(open.info()).build();
    assertNotSame(open, beginning(open, told).student());
    Beginning both = beginning(open, config("student=other", "fake_score.start=other"));
    assertNotSame(open, both.student());
    assertSame(both.student(), both.fakeScore());
  }

  private static DistillConfig config(String... settings) {
    return Configs.with(DistillConfig.getDefaultInstance(), List.of(settings));
  }

  private Beginning beginning(DenoiserModel open, DistillConfig config) {
    return Beginning.open(RunOrder.of(new Workspace(folder), Path.of("here")), config, open);
  }
}
