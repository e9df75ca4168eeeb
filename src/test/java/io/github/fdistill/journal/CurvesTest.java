package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CurvesTest {
  @Test
  void whatBelongsTogetherIsInOneGroup() {
    Map<String, List<String>> groups =
        Map.of(
            "loss", List.of("loss", "fake_score_loss", "gan_loss"),
            "gradients", List.of("gradient_norm", "fake_score_gradient_norm"),
            "ratio", List.of("ratio", "ratio_clipped", "logit_real", "weight"),
            "quality", List.of("diversity", "accuracy"));
    groups.forEach(
        (group, names) ->
            names.forEach(name -> assertEquals(group + "/" + name, Curves.tag(name))));
    assertEquals("fid/average_0", Curves.tag("average_0/fid"), "all averages in one chart");
    assertEquals("accuracy/weights", Curves.tag("weights/accuracy"));
    String waited = "waited_seconds/worker_1";
    assertEquals(waited, Curves.tag(waited), "all workers in one chart");
    assertEquals("other", Curves.tag("other"));
  }
}
