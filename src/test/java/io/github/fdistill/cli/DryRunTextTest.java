package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.config.Recompute;
import io.github.fdistill.run.DryRun;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.RunPlan;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.training.Holdings;
import io.github.fdistill.training.Reading;
import io.github.fdistill.training.Rehearsal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which steps a dry run makes, and what it concludes; the steps are made up. */
class DryRunTextTest {
  private static final long MB = 1_000_000;

  /** Of 10 MB in all: weights 2, slots 4, averages 2; two gradients of 1. */
  private static final Holdings HOLDINGS = holdings(0, List.of(), 0);

  private static Holdings holdings(long drawn, List<Long> sharded, long whole) {
    Map<String, Long> weights = Map.of("student", 2 * MB);
    Holdings.OnHost none = Holdings.OnHost.NOTHING;
    return new Holdings(weights, 4 * MB, 2 * MB, 0, 0, 2 * MB, 2 * MB, drawn, sharded, whole, none);
  }

  private static Holdings sharded(List<Long> vectors, long whole) {
    return holdings(0, vectors, whole);
  }

  /** The same, with a model of that size that is drawn from. */
  private static Holdings drawing(long bytes) {
    return holdings(bytes, List.of(), 0);
  }

  @TempDir Path folder;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
  private final List<Integer> rows = new ArrayList<>();
  private RunOrder order;
  private Message settings = DistillConfig.getDefaultInstance();
  private Holdings holdings = HOLDINGS;
  private OptionalInt mostRows = OptionalInt.empty();
  private OptionalLong gpu = OptionalLong.empty();

  @BeforeEach
  void anOrder() {
    Workspace workspace = new Workspace(folder);
    Path file = folder.resolve("distill.pbtxt");
    order =
        new RunOrder(
            workspace,
            file,
            List.of("train"),
            true,
            true,
            false,
            Optional.empty(),
            Optional.empty(),
            RunOrder.Together.ONE);
  }

  private int together = 1;
  private boolean goesOn;

  private DryRun dryRun(int batchSize, int parts, OptionalLong available) {
    Map<String, Message> settings = Map.of(RunPlan.CONFIG, this.settings);
    RunPlan plan = new RunPlan("train", "student", 1, 100, settings, List.of());
    return new DryRun(order, plan, batchSize, parts, together, available, gpu, mostRows, goesOn);
  }

  /** Steps that take 100 MB, 10 MB more, and 1 MB an image. */
  private Rehearsal.Rehearsing steps(boolean measured) {
    return (images, room) -> {
      room.accept(holdings);
      rows.add(images);
      long peak = (100 + 10 + images) * MB;
      return new Rehearsal(
          0,
          Map.of(Reading.LOSS, 0.5f),
          0.25 * images,
          holdings,
          100 * MB,
          measured ? OptionalLong.of(peak) : OptionalLong.empty());
    };
  }

  private String told(int batchSize, int parts, long availableMb) throws IOException {
    DryRunText.tell(out, dryRun(batchSize, parts, OptionalLong.of(availableMb * MB)), steps(true));
    return said.toString(StandardCharsets.UTF_8);
  }

  private String refused(int batchSize, int parts, long availableMb) {
    return assertThrows(InputException.class, () -> told(batchSize, parts, availableMb))
        .getMessage();
  }

  @Test
  void whereThereIsRoomTheWholeBatchFollowsOneImage() throws IOException {
    String told = told(64, 1, 2000);
    assertEquals(List.of(1, 64), rows);
    assertTrue(told.contains("Run:      runs/student  (begins; 100 steps; batches of 64"), told);
    assertTrue(told.contains("Time:     16.0 seconds a step; 100 steps, 26 min 40 s"), told);
    // 174 MB at 64 images: 2 for gradients, 72 for activations; 8 more beside a checkpoint. 2000 -
    // 110 is 26.25 times 72.
    assertTrue(told.matches("(?s).*activations, 64 at a time +72\\.0\n.*"), told);
    assertTrue(told.matches("(?s).*program, graph, images +92\\.0\n.*"), told);
    assertTrue(told.matches("(?s).*together +174\\.0\n.*"), told);
    assertTrue(told.matches("(?s).*beside a checkpoint, at most +182\\.0\n.*"), told);
    assertTrue(told.contains("batch_size up to about 1680, with accumulation_steps 1"), told);
    assertFalse(told.contains("too\n"), told);
  }

  @Test
  void partsThatAreNotNeededAreTold() throws IOException {
    String told = told(64, 4, 2000);
    assertEquals(List.of(1, 16), rows);
    assertTrue(told.contains("Time:     4.00 seconds a step"), told);
    assertTrue(told.contains("batch_size 64 with accumulation_steps 1 too"), told);
  }

  /** Of a network that takes a fixed number of images, no batch is named that it does not take. */
  @Test
  void noMoreIsOfferedThanTheNetworksTake() throws IOException {
    mostRows = OptionalInt.of(20);
    String told = told(64, 4, 2000);
    String fits = "batch_size up to 80, as the networks' rows allow, with accumulation_steps 4";
    assertTrue(told.contains(fits), told);
    assertFalse(told.contains("too\n"), "64 at a time are more than 20: " + told);
    said.reset();
    mostRows = OptionalInt.of(32);
    assertTrue(told(64, 4, 2000).contains("batch_size 64 with accumulation_steps 2 too"));
    said.reset();
    mostRows = OptionalInt.of(2000);
    assertTrue(told(64, 1, 2000).contains("batch_size up to about 1680, with"), "room is less");
  }

  @Test
  void whereRoomIsShortItGoesOnByWhatFits() throws IOException {
    // One image takes 9 MB beside gradients: (200 - 110) / 9 fit by that, 10; half of it are tried,
    // and take 13 MB: 34 fit by that; 17 take 25 MB, by which 61 fit, 34 take 42, by which 72 do,
    // 68 take 76, by which 80 do.
    String told = told(80, 1, 200);
    assertEquals(List.of(1, 5, 17, 34, 68, 80), rows);
    assertTrue(told.contains("batch_size up to about 81"), told);
  }

  @Test
  void whatDoesNotFitIsNotTried() {
    String refused = refused(128, 1, 200);
    assertEquals(List.of(1, 5, 17, 34, 68), rows, "never 128");
    assertTrue(refused.contains("distill.pbtxt: batch_size: 128 images at a time take"), refused);
    assertTrue(refused.contains("at most 200.0 MB"), refused);
    assertTrue(refused.matches("(?s).*--set batch_size=80, or .*accumulation_steps=2.*"), refused);
    assertTrue(refused.contains("recompute=BLOCKS, which makes activations fewer"), refused);
    settings = DistillConfig.newBuilder().setRecompute(Recompute.BLOCKS).build();
    assertFalse(refused(128, 1, 200).contains("recompute"), "that it does already");
  }

  /** As many for each step of a student that has critics of each. */
  @Test
  void imagesThatBelongTogetherAreTriedTogether() throws IOException {
    together = 4;
    told(64, 1, 2000);
    assertEquals(List.of(4, 64), rows);
    rows.clear();
    assertTrue(refused(128, 1, 200).contains("--set batch_size=80, or"));
    assertEquals(List.of(4, 12, 24, 48, 76), rows);
    assertTrue(refused(8, 1, 112).contains("not even 4 images fit, one for each"));
  }

  /** Two workers on one machine have half a batch each, and half of the memory. */
  @Test
  void ofSeveralWorkersOneIsTried() throws IOException {
    order = order.triedFor(new RunOrder.Together(2, 2));
    String told = told(64, 1, 2000);
    assertEquals(List.of(1, 32), rows);
    assertTrue(told.contains("batches of 64 images in 1 part, by 2 workers)"), told);
    assertTrue(told.contains("Time:     about 16.0 seconds a step"), "on half of the cores");
    assertTrue(told.contains("Memory:   each of 2 workers"), told);
    assertTrue(told.matches("(?s).*sums over the parts of a batch +2\\.0\n.*"), "of both workers");
    // 144 MB at 32 images; 2000 - 112 is 47.2 times the 40 that activations take.
    assertTrue(told.contains("batch_size up to about 3020, with accumulation_steps 1"), told);

    rows.clear();
    String refused = refused(256, 1, 200);
    assertEquals(List.of(1, 4, 14, 28, 56), rows, "never 128");
    assertTrue(refused.contains("128 images at a time take"), refused);
    assertTrue(refused.contains("as much as there is for each of 2 workers"), refused);
    assertTrue(refused.matches("(?s).*--set batch_size=154, or .*accumulation_steps=2.*"), refused);

    // Of 6 MB of moments and averages each has 3, and 1 of the weights.
    holdings = sharded(List.of(2 * MB, 2 * MB, 2 * MB, 2 * MB), 6 * MB);
    told = told(64, 1, 2000);
    assertTrue(told.matches("(?s).*less, for others have shares +-2\\.0\n.*"), told);
    assertTrue(told.matches("(?s).*together +142\\.0\n.*"), told);
    rows.clear();
    assertTrue(refused(64, 1, 7).contains("take 10.0 MB: "));
    assertEquals(List.of(), rows);
    refused(64, 1, 11);
    assertEquals(List.of(1), rows, "it is tried");

    // On a machine of its own a worker would fit, and nobody is there to share out with.
    order = order.triedFor(new RunOrder.Together(4, 1));
    rows.clear();
    String alone = refused(64, 1, 9);
    assertTrue(alone.contains("tried alone") && alone.contains("beside them 8.0"), alone);
    assertEquals(List.of(), rows);
    told(16, 1, 128);
    assertEquals(List.of(1, 2, 3, 4), rows, "nothing is kept beside steps that are tried");
  }

  /** What a run's settings do not have is not offered. */
  @Test
  void aBatchIsCutWhereItCanBe() throws IOException {
    settings = FeaturesConfig.getDefaultInstance();
    String refused = refused(128, 1, 200);
    assertTrue(refused.contains("remedy: --set batch_size=80"), refused);
    assertFalse(refused.contains("accumulation_steps") || refused.contains("recompute"), refused);
    String told = told(64, 1, 2000);
    assertTrue(told.contains("batch_size up to about 1680\n"), told);
    goesOn = true; // Its batch stays.
    assertTrue(refused(128, 1, 200).endsWith("remedy: a machine with more memory"));
    settings = DistillConfig.getDefaultInstance();
    String parts = "remedy: --set accumulation_steps=2, or a machine with more memory";
    assertTrue(refused(128, 1, 200).endsWith(parts));
  }

  @Test
  void whereNotEvenOneImageFitsItSaysSo() {
    assertTrue(refused(64, 1, 105).contains("not even one image fits\n"));
    assertEquals(List.of(1), rows);
    // An image takes 111 MB; 8 more are there beside a checkpoint.
    String beside = refused(64, 1, 115);
    assertTrue(beside.contains("not even one image fits, beside a checkpoint\n"), beside);
    assertTrue(beside.contains("first: --set recompute=BLOCKS, which"), beside);
    holdings = drawing(20 * MB);
    assertTrue(refused(64, 1, 115).contains("fits, beside a picture\n"));
    String draws = refused(64, 1, 27);
    assertTrue(draws.contains("averages and a model that is drawn from take 28.0 MB"), draws);
    assertTrue(draws.contains("+ 20.0 a model that is drawn from"), draws);
    holdings = HOLDINGS;
    rows.clear();
    assertTrue(refused(64, 1, 9).contains("gradients take 10.0 MB"));
    assertEquals(List.of(), rows, "not even tried");
  }

  /** The sum is told, and first what costs least. */
  @Test
  void whatDoesNotFitIsToldWithWhatWouldHelp() {
    String all = refused(64, 1, 9);
    assertTrue(
        all.contains(
            "10.0 MB: 2.0 weights of student + 4.0 optimiser slots + 2.0 averages of weights"
                + " + 2.0 gradients"),
        all);
    String factored =
        "--set optimiser.state=FACTORED, and so of fake_score.optimiser and"
            + " discriminator.optimiser (up to 3.0 MB less, perhaps enough alone); or ";
    String lora = "--set lora.rank=8 (up to 10.0 MB less, perhaps enough alone)";
    assertTrue(all.contains("first: " + factored + lora + "; or smaller"), all);

    DistillConfig.Builder config = DistillConfig.newBuilder();
    for (int i = 0; i < 4; i++) {
      config.addAverageBuilder();
    }
    settings = config.build();
    String three = refused(64, 1, 9);
    assertTrue(
        three.contains(
            "one average in the place of 4 (1.5 MB less, perhaps enough alone); or " + factored),
        three);
    config.getLoraBuilder().setRank(8);
    settings = config.build();
    String both =
        "4.0 MB are too much, of which these settings spare up to 4.5 together: perhaps none is";
    assertTrue(refused(64, 1, 6).contains(both + " enough alone; what"), refused(64, 1, 6));
    String little =
        "5.0 MB are too much, of which these settings spare up to 4.5: perhaps not enough; what";
    assertTrue(refused(64, 1, 5).contains(little), refused(64, 1, 5));
    config.getOptimiserBuilder().setState(OptimiserConfig.State.BFLOAT16);
    settings = config.clearAverage().setRecompute(Recompute.BLOCKS).build();
    assertTrue(refused(64, 1, 105).contains("remedy: smaller networks"));
  }

  @Test
  void ofATeacherHalfIsOffered() {
    holdings =
        new Holdings(
            Map.of("teacher", 8 * MB), 0, 0, 0, 0, 0, 0, 0, List.of(), 0, Holdings.OnHost.NOTHING);
    String half = "first: --set frozen=BFLOAT16 (4.0 MB less, perhaps enough alone); or ";
    assertTrue(refused(64, 1, 7).contains(half));
    settings = DistillConfig.newBuilder().setFrozen(DistillConfig.Frozen.BFLOAT16).build();
    assertFalse(refused(64, 1, 7).contains("frozen"), "that it is already");
    DistillConfig.Builder adapters = DistillConfig.newBuilder();
    adapters.getLoraBuilder().setRank(8);
    settings = adapters.build();
    assertFalse(refused(64, 1, 7).contains("frozen"), "adapters may stand beside it");
  }

  /** Settings that are refused beside each other are not offered so. */
  @Test
  void whatIsOfferedGoesWithWhatIsSet() {
    holdings =
        new Holdings(
            Map.of("teacher", 2 * MB, "student", 4 * MB),
            8 * MB,
            0,
            0,
            0,
            4 * MB,
            4 * MB,
            0,
            List.of(),
            0,
            Holdings.OnHost.NOTHING);
    DistillConfig.Builder config =
        DistillConfig.newBuilder().setFrozen(DistillConfig.Frozen.BFLOAT16);
    settings = config.build();
    String whole = "; or --set lora.rank=8 --set frozen=FLOAT32 (up to 14.0 MB less, perhaps";
    assertTrue(refused(64, 1, 9).contains(whole), refused(64, 1, 9));
    config.getDiscriminatorBuilder().getOptimiserBuilder().setSharded(true);
    settings = config.build();
    assertFalse(refused(64, 1, 9).contains("FACTORED"));
    FeaturesConfig.Builder features = FeaturesConfig.newBuilder();
    settings = features.build();
    assertTrue(refused(64, 1, 9).contains("FACTORED"));
    features.getOptimiserBuilder().setSharded(true);
    settings = features.build();
    assertFalse(refused(64, 1, 9).contains("FACTORED"));
  }

  /**
   * Where the GPU has too little, what lies on the host does not count, and more of it would help.
   */
  @Test
  void ofAGpuItIsToldWhatLiesInWhichMemory() throws IOException {
    gpu = OptionalLong.of(9 * MB);
    String offload =
        "first: --set optimiser.offload=true, and so fake_score.optimiser.offload and"
            + " discriminator.optimiser.offload (6.0 MB less, perhaps enough alone); or ";
    String refused = refused(64, 1, 2000);
    assertTrue(refused.contains(offload), refused);
    assertTrue(refused.contains("at most 9.0 MB, as much as the GPU has"), refused);

    Holdings.OnHost apart = new Holdings.OnHost(2 * MB, 4 * MB, 2 * MB, 0);
    holdings =
        new Holdings(Map.of("student", 2 * MB), 0, 0, 0, 0, 2 * MB, 2 * MB, 0, List.of(), 0, apart);
    String told = told(64, 1, 2000);
    assertTrue(told.matches("(?s).*Memory: +on the GPU +MB\n.*"), told);
    assertTrue(told.matches("(?s).*optimiser slots +0\\.0\n.*available +9\\.0\n.*"), told);
    assertTrue(
        told.matches(
            "(?s).*in the host's memory\n +weights, to be updated +2\\.0\n +optimiser slots +4\\.0\n"
                + " +averages of weights +2\\.0\n +available +2000\\.0\n.*"),
        told);
    assertTrue(told.contains("activations: not measured (on a GPU)"), told);

    gpu = OptionalLong.of(3 * MB);
    DistillConfig.Builder all = DistillConfig.newBuilder();
    all.getOptimiserBuilder().setOffload(true);
    all.getFakeScoreBuilder().getOptimiserBuilder().setOffload(true);
    settings = all.build();
    refused = refused(64, 1, 2000);
    assertFalse(refused.contains("offload") || refused.contains("FACTORED"), refused);
    refused = refused(64, 1, 9);
    assertTrue(refused.contains("distill.pbtxt: optimiser.offload: "), refused);
    assertTrue(refused.contains("in the host's memory take 10.0 MB"), refused);
  }

  @Test
  void whatIsNotMeasuredIsSaidToBe() throws IOException {
    DryRunText.tell(out, dryRun(64, 1, OptionalLong.empty()), steps(true));
    assertTrue(said.toString(StandardCharsets.UTF_8).contains("not measured (on a system that"));
    DryRunText.tell(out, dryRun(64, 1, OptionalLong.of(1000 * MB)), steps(false));
    assertEquals(List.of(1, 64, 1, 64), rows);
  }
}
