package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.EvaluateConfig;
import io.github.fdistill.config.ExportConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.journal.LogLines;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.training.Reading;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs as a program uses them that is not this one's command line. */
class JobsTest {
  private static final NetworkConfig NETWORK =
      Configs.of(
          """
          image { height: 8 width: 8 channels: 1 }
          classes: 2
          mlp { hidden: [8] }
          """,
          NetworkConfig.getDefaultInstance());

  @TempDir Path folder;
  private Workspace work;

  @BeforeEach
  void pictures() throws IOException {
    work = Workspace.at(folder);
    for (String name : List.of("even", "odd")) {
      Path of = Files.createDirectories(work.path("pictures/" + name));
      for (int i = 0; i < 8; i++) {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
        for (int pixel = 0; pixel < 64; pixel++) {
          int grey = (37 * i + 11 * pixel + (name.equals("odd") ? 64 : 0)) % 256;
          image.getRaster().setSample(pixel % 8, pixel / 8, 0, grey);
        }
        ImageIO.write(image, "png", of.resolve(i + ".png").toFile());
      }
    }
  }

  private static PretrainConfig pretrain(String name, int seed) {
    return Configs.of(
        "dataset { path: 'pictures' } steps: 3 batch_size: 4 name: '" + name + "' seed: " + seed,
        PretrainConfig.getDefaultInstance());
  }

  private static DistillConfig distill(String name) {
    return Configs.of(
        """
        teacher: 'savedmodels/teacher'
        dataset { path: 'pictures' }
        steps: 4
        batch_size: 4
        schedule { critic_steps: 2 }
        discriminator { channels: 8 }
        """
            + ("name: '" + name + "'"),
        DistillConfig.getDefaultInstance());
  }

  @Test
  void whatIsNotNamedIsAskedFor() {
    ExportConfig nothing = ExportConfig.getDefaultInstance();
    String said =
        assertThrows(InputException.class, () -> ExportJob.run(work, nothing)).getMessage();
    assertTrue(said.startsWith("source: none"), said);
    EvaluateConfig none = EvaluateConfig.newBuilder().setAgainst("pictures").build();
    said = assertThrows(InputException.class, () -> EvaluateJob.run(work, none)).getMessage();
    assertTrue(said.startsWith("images: none"), said);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.map(Path::toString).sorted().toList();
    }
  }

  /** The weights of a run's model, and all the numbers on the way to them. */
  private Map<String, String> bits(RunResult result) throws IOException {
    Path weights = result.model().orElseThrow().resolve("variables/variables.data-00000-of-00001");
    return Map.of(
        "weights", Sha256.of(weights),
        "numbers", Sha256.of(result.folder().resolve("metrics.jsonl")));
  }

  @Test
  void preparingWritesNothing() throws IOException {
    RunResult teacher = PretrainJob.run(work, pretrain("teacher", 1), NETWORK);
    assertEquals(work.path("savedmodels/teacher/1"), teacher.model().orElseThrow());
    assertTrue(Float.isFinite(teacher.last().get(Reading.LOSS)));

    List<String> before = files();
    try (PreparedRun run = DistillJob.prepare(RunOrder.of(work), distill("student"))) {
      assertEquals(0, run.dryRun().standing().step());
    }
    assertEquals(before, files());
  }

  /**
   * Images without classes have no use for what a model knows of them. Of the first layer of an mlp
   * each input, class or pixel, is a row.
   */
  @Test
  void classesThatAreLeftOutAreTold() throws IOException {
    NetworkConfig.Builder unet = NETWORK.toBuilder();
    unet.getUnetBuilder().setChannels(8).addMultiplier(1);
    String leftOut = "start/1 knows 2: all weights that tell them apart are left out";
    String said = saidWithoutClasses(unet.build());
    assertTrue(said.contains(leftOut) && !said.contains("begun anew"), said);
    said = saidWithoutClasses(NETWORK);
    assertTrue(said.contains(leftOut) && said.contains("begun anew are hidden_0/kernel]"), said);
  }

  /** What the log says of a network that goes on with images of one class. */
  private String saidWithoutClasses(NetworkConfig network) throws IOException {
    String model = "savedmodels/" + network.getBodyCase() + "-start";
    DenoiserModel first = Networks.denoiser(network, 1);
    NamedModel.write(first, work.path(model + "/1"), version -> {});
    PretrainConfig.Builder further = pretrain("further", 1).toBuilder();
    further.setStart(model).getDatasetBuilder().setPath("pictures/even");
    RunOrder order = RunOrder.of(work);
    try (LogLines log = new LogLines();
        PreparedRun run =
            PretrainJob.prepare(order, further.build(), Path.of("network"), network)) {
      assertEquals(0, run.dryRun().standing().step());
      return log.get().toString();
    }
  }

  @Test
  void aRunThatIsStoppedSaysHowFarItCameAndGoesOn() throws IOException {
    RunResult unbroken = PretrainJob.run(work, pretrain("unbroken", 1), NETWORK);
    assertEquals(3, unbroken.step());

    PretrainConfig config = pretrain("teacher", 1);
    RunResult stopped;
    try (PreparedRun run =
        PretrainJob.prepare(RunOrder.of(work), config, Path.of("network"), NETWORK)) {
      AtomicInteger asked = new AtomicInteger();
      stopped = run.run(() -> asked.getAndIncrement() == 2);
    }
    assertFalse(stopped.finished());
    assertEquals(2, stopped.step());
    assertEquals(3, stopped.steps());
    String record = Files.readString(stopped.folder().resolve("record.json"));
    assertTrue(record.contains("\"picture_rows\": [\n    \"even\","), record);

    RunResult finished = PretrainJob.run(work, config, NETWORK);
    assertEquals(bits(unbroken), bits(finished));
    // As the last picture is due, and while it is drawn.
    for (int at = 3; at <= 4; at++) {
      PretrainConfig drawn = pretrain("at-" + at, 1).toBuilder().setPictureEverySteps(3).build();
      try (PreparedRun run =
          PretrainJob.prepare(RunOrder.of(work), drawn, Path.of("network"), NETWORK)) {
        int first = at;
        AtomicInteger asked = new AtomicInteger();
        RunResult left = run.run(() -> asked.getAndIncrement() >= first);
        assertEquals(3, left.step());
        assertFalse(left.finished());
        assertFalse(Files.exists(left.files().pictures().resolve(RunFiles.picture(3))));
      }
      RunResult made = PretrainJob.run(work, drawn, NETWORK);
      assertEquals(bits(unbroken), bits(made));
      assertTrue(Files.exists(made.files().pictures().resolve(RunFiles.picture(3))));
    }
    RunResult again = PretrainJob.run(work, config, NETWORK);
    assertEquals(finished.model(), again.model());
    assertEquals(3, again.step());
    assertEquals(Map.of(), again.last());
  }

  /** Two runs of one process are as two runs of two. */
  @Test
  void runsSideBySideEndWithTheBitsThatTheyHaveAlone() throws Exception {
    PretrainJob.run(work, pretrain("teacher", 1), NETWORK);
    Map<String, String> pretrained = bits(PretrainJob.run(work, pretrain("other", 2), NETWORK));
    Map<String, String> distilled = bits(DistillJob.run(work, distill("student")));

    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<RunResult> other =
          threads.submit(() -> PretrainJob.run(work, pretrain("other-beside", 2), NETWORK));
      Future<RunResult> student = threads.submit(() -> DistillJob.run(work, distill("beside")));
      assertEquals(pretrained, bits(other.get()));
      assertEquals(distilled, bits(student.get()));
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void aSecondRunInTheSameFolderIsRefusedWhileTheFirstGoesOn() throws IOException {
    PretrainConfig config = pretrain("teacher", 1);
    try (PreparedRun run =
        PretrainJob.prepare(RunOrder.of(work), config, Path.of("network"), NETWORK)) {
      RunResult result = run.run(this::refusesAnother);
      assertTrue(result.finished());
    }
  }

  private boolean refusesAnother() {
    InputException refused =
        assertThrows(
            InputException.class, () -> PretrainJob.run(work, pretrain("teacher", 1), NETWORK));
    assertTrue(refused.getMessage().contains("a run is already going on there"));
    return false;
  }

  @Test
  void whatIsOrderedAsATrialIsNotRun() throws IOException {
    RunOrder order = RunOrder.of(work).tried();
    try (PreparedRun run =
        PretrainJob.prepare(order, pretrain("teacher", 1), Path.of("network"), NETWORK)) {
      assertThrows(IllegalStateException.class, run::run);
    }
  }

  @Test
  void aSettingThatIsWrongIsToldByItsName() {
    PretrainConfig wrong = pretrain("teacher", 1).toBuilder().setBatchSize(0).build();
    InputException refused =
        assertThrows(InputException.class, () -> PretrainJob.run(work, wrong, NETWORK));
    assertTrue(refused.getMessage().startsWith("settings: batch_size: found 0"));
  }
}
