package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.DiscriminatorConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.LoraConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.config.Recompute;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.graph.NetworkFunction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.proto.NodeDef;

/** What is computed twice gives the same gradients, and is not kept. */
class RecomputationTest {
  private static final double ROUNDING = 2e-5;

  @TempDir Path folder;

  private Map<String, float[]> afterOneStep(DistillConfig config) throws IOException {
    try (Distillation d = Tiny.distillation(config.toBuilder())) {
      Path run = folder.resolve(config.getRecompute().toString());
      assertTrue(d.graph().run(Tiny.batches(), Tiny.outputs(run), () -> false).finished());
      return StateValues.of(d.state(), d.session());
    }
  }

  private void assertSameGradients(DistillConfig.Builder config) throws IOException {
    config.setSteps(1);
    // Updates in proportion to gradients, so that rounding stays rounding.
    config.getFakeScoreBuilder().getOptimiserBuilder().setEpsilon(0.9);
    Map<String, float[]> kept = afterOneStep(config.setRecompute(Recompute.NOTHING).build());
    Map<String, float[]> again = afterOneStep(config.setRecompute(Recompute.BLOCKS).build());
    // Adam's first moment is the gradient; the weights would show only its sign.
    List<String> moments = kept.keySet().stream().filter(name -> name.endsWith("/m")).toList();
    assertEquals(2 + DistillationChecks.rowsTogether(config.build()), moments.size());
    for (String network : moments) {
      double difference = StateValues.difference(kept.get(network), again.get(network));
      assertTrue(difference < ROUNDING, network + " differs by " + difference);
    }
  }

  @Test
  @Tag("trial")
  void theGradientsOfADistillationAreTheSame() throws IOException {
    assertSameGradients(Tiny.config(2));
  }

  /**
   * Its first steps are of the same weights, and no gradient goes through what they give; and it
   * has a fake score for each of them, at which the discriminator looks.
   */
  @Test
  @Tag("trial")
  void soTheyAreOfAStudentOfSeveralSteps() throws IOException {
    DistillConfig.Builder config = Tiny.config(1).setStudentSigma(20).setStudentSteps(2);
    config.getDiscriminatorBuilder().setNetwork(DiscriminatorConfig.Network.FAKE_SCORE);
    assertSameGradients(config);
  }

  /** The discriminator then looks at what the fake score computes, and adapters are what learns. */
  @Test
  @Tag("trial")
  void soTheyAreOfAdaptersAndWithTheDiscriminatorOnTheFakeScore() throws IOException {
    DistillConfig.Builder config =
        Tiny.config(1).setLora(LoraConfig.newBuilder().setRank(2).addTargets("down*"));
    config.getDiscriminatorBuilder().setNetwork(DiscriminatorConfig.Network.FAKE_SCORE);
    assertSameGradients(config);
  }

  /** How many tensors of a network's first call something else uses: what must be kept for it. */
  private static int kept(Pretraining p) {
    Set<String> used = new HashSet<>();
    Graph graph = (Graph) p.state().read(weights(p)).tf().scope().env();
    for (NodeDef node : graph.toGraphDef().getNodeList()) {
      if (!node.getName().startsWith("model/0/")) {
        for (String input : node.getInputList()) {
          if (NetworkFunction.nodeOf(input).startsWith("model/0/")) {
            used.add(input);
          }
        }
      }
    }
    return used.size();
  }

  private static FloatVariable weights(Pretraining p) {
    return p.state().changed().iterator().next();
  }

  @Test
  void aPretrainingKeepsLittleOfWhatItsNetworkComputes() throws IOException {
    PretrainConfig.Builder config =
        PretrainConfig.newBuilder()
            .setSteps(1)
            .setBatchSize(Tiny.BATCH)
            .setPrecision(Precision.FLOAT32);
    int[] kept = new int[2];
    float[][] gradients = new float[2][];
    for (Recompute recompute : Recompute.values()) {
      try (Pretraining p =
          new Pretraining(Tiny.network(), config.setRecompute(recompute).build())) {
        kept[recompute.ordinal()] = kept(p);
        Path run = folder.resolve(recompute.toString());
        p.graph().run(Tiny.batches(), Tiny.outputs(run), () -> false);
        gradients[recompute.ordinal()] = StateValues.of(p.state(), p.session()).get("model/m");
      }
    }
    assertTrue(3 * kept[1] < kept[0], kept[1] + " tensors are kept in the place of " + kept[0]);
    assertEquals(0, StateValues.difference(gradients[0], gradients[1]), ROUNDING);
  }
}
