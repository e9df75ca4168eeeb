package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.SessionRuns;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Result;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.proto.RunOptions.TraceLevel;

/**
 * The student's noise level is a constant: what a network makes of it without weights is computed
 * once, when TensorFlow prepares the graph, and not in every step.
 */
class ConstantLevelTest {
  private static final RunOptions FULL =
      RunOptions.newBuilder().setTraceLevel(TraceLevel.FULL_TRACE).build();

  @Test
  void theWavesOfTheStudentsLevelAreNotComputedInAStep() {
    List<String> waves = new ArrayList<>();
    SessionRuns traced =
        prepared -> {
          Result result = prepared.setOptions(FULL).runAndFetchMetadata();
          result.getMetadata().orElseThrow().getStepStats().getDevStatsList().stream()
              .flatMap(device -> device.getNodeStatsList().stream())
              .filter(node -> node.getTimelineLabel().matches(".* = (Sin|Cos)\\(.*"))
              .forEach(node -> waves.add(node.getNodeName()));
          return result;
        };
    try (Distillation training = Tiny.smallDistillation(Tiny.config())) {
      try (Trial trial = training.graph().trial(Tiny.batches())) {
        trial.repeated(trial.step()).accept(traced);
      }
    }
    assertTrue(waves.stream().anyMatch(name -> name.startsWith("fake_score/")), waves.toString());
    assertTrue(waves.stream().anyMatch(name -> name.startsWith("teacher/")), waves.toString());
    assertFalse(waves.stream().anyMatch(name -> name.startsWith("student/")), waves.toString());
  }
}
