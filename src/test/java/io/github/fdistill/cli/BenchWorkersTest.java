package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.bench.BenchPlan;
import io.github.fdistill.bench.Exchange;
import io.github.fdistill.bench.TeamBench;
import io.github.fdistill.bench.TeamFindings;
import io.github.fdistill.bench.Work;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.workers.Crews;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A step by several workers, beside the same by one. */
class BenchWorkersTest {
  private static final int ROUNDS = 2;

  @TempDir Path folder;

  private BenchPlan plan() throws IOException {
    Workplace place = new Workplace(folder);
    place.write("graphs/tiny/network.pbtxt", Workplace.unet(8, 3));
    place.write(
        "graphs/tiny/distill.pbtxt",
        "batch_size: 4 schedule { critic_steps: 2 } optimiser { sharded: true }\n"
            + "discriminator { channels: 8 optimiser { bfloat16_sums: true } }\n"
            + "fake_score { optimiser { bfloat16_sums: true } }\n");
    Path tiny = folder.resolve("graphs/tiny");
    return BenchPlan.read(new Workspace(folder), "tiny", tiny, List.of(), Work.ASKED);
  }

  @Test
  void whatLiesBesideTheSettingsIsMeant() throws IOException {
    plan();
    Path tiny = folder.resolve("graphs/tiny");
    Files.createFile(tiny.resolve("data.npy"));
    List<String> told = List.of("distill.dataset.path=data.npy");
    BenchPlan plan = BenchPlan.read(new Workspace(folder), "tiny", tiny, told, Work.ASKED);
    assertEquals("graphs/tiny/data.npy", plan.config().getDistill().getDataset().getPath());
  }

  @Test
  @Tag("trial")
  void theFirstTimesItselfAndAll() throws Exception {
    BenchPlan plan = plan();
    Progress.Options how = Progress.Options.of(Progress.Display.NOTHING);
    List<List<TeamFindings>> all =
        Crews.run(
            2, crew -> TeamBench.run(List.of(plan.variant(crew.workers())), crew, ROUNDS, how));
    assertEquals(List.of(), all.get(1));
    TeamFindings found = all.get(0).get(0);
    assertEquals(2, found.workers());
    assertEquals(12, found.images(), "two batches of the critics and one of the student");
    assertEquals(ROUNDS, found.rounds().size());
    for (TeamFindings.Round round : found.rounds()) {
      assertTrue(round.alone().seconds() > 0 && round.together().seconds() > 0, round.toString());
      assertTrue(round.exchangeSeconds() > 0, round.toString());
    }

    Map<Exchange.Kind, List<Long>> exchanges = new EnumMap<>(Exchange.Kind.class);
    for (Exchange each : found.exchanges()) {
      exchanges.computeIfAbsent(each.kind(), kind -> new ArrayList<>()).add(each.numbers());
    }
    List<Long> critics = exchanges.get(Exchange.Kind.ROUNDED_SUM);
    assertEquals(2, critics.size(), "of each of their batches");
    assertEquals(critics.get(0), critics.get(1));
    List<Long> sums = exchanges.get(Exchange.Kind.SUM).stream().sorted().toList();
    assertEquals(2, sums.size(), sums.toString());
    assertTrue(sums.get(0) < 100, "the student's ratios, so many for each image: " + sums);
    assertTrue(sums.get(1) < critics.get(0), "the critics are two networks: " + sums);
    long gathered = exchanges.get(Exchange.Kind.GATHERING).get(0);
    assertEquals(sums.get(1), gathered, 1, "the student's weights, of which each has a share");
  }

  @Test
  void aBatchThatCannotBeDividedIsRefused() throws IOException {
    BenchPlan plan = plan();
    InputException e = assertThrows(InputException.class, () -> plan.variant(3));
    assertTrue(e.getMessage().contains("distill.pbtxt: batch_size"), e.getMessage());
  }

  /** The teacher is what pretraining is to make. */
  @Test
  void whatIsNotTimedIsNotOpened() throws IOException {
    plan();
    new Workplace(folder).write("graphs/tiny/pretrain.pbtxt", "batch_size: 4\n");
    Path tiny = folder.resolve("graphs/tiny");
    List<String> later = List.of("distill.teacher=later");
    for (Work work : Work.ASKED) {
      BenchPlan plan = BenchPlan.read(new Workspace(folder), "tiny", tiny, later, EnumSet.of(work));
      if (work == Work.PRETRAIN) {
        assertEquals(1, plan.variant().subjects().size());
      } else {
        assertThrows(InputException.class, plan::variant, work.toString());
      }
    }
  }

  @Test
  void severalTimeTheStepOnly() throws IOException {
    plan();
    new Workplace(folder)
        .run(
            ("bench --graphs graphs/tiny --only heun --workers 127.0.0.1:1,127.0.0.1:4 --worker 0")
                .split(" "))
        .failed("--only", "several workers");
    for (String number : List.of("1", "1000", "02")) {
      new Workplace(folder)
          .run("bench", "--graphs", "graphs/tiny", "--workers", number)
          .failed("--workers", "'" + number + "'", "2 to 999");
    }
    new Workplace(folder)
        .run("bench --graphs graphs/tiny --workers 2 --worker 0".split(" "))
        .failed("--worker: beside --workers 2", "leave --worker out");
  }

  @Test
  void aNumberOfWorkersIsOfThisMachine() {
    LocalWorkers two = LocalWorkers.of(List.of("bench", "--workers", "2", "--rounds", "3"));
    assertTrue(two.areSeveral());
    assertEquals(List.of("bench", "--rounds", "3"), two.words());
    for (String other :
        List.of("bench --workers a:1,b:1 --worker 0", "bench", "train --workers 2")) {
      LocalWorkers none = LocalWorkers.of(List.of(other.split(" ")));
      assertFalse(none.areSeveral(), other);
    }
  }

  @Test
  void eachHasACoreOfThoseThatThisProcessMayUse() throws IOException {
    List<String> status = List.of("Name:\tjava", "Cpus_allowed_list:\t0-2,8");
    assertEquals(List.of(0, 1, 2, 8), OneCore.allowed(status));
    assertEquals(List.of("taskset", "-c", "8", "java"), OneCore.only(8, List.of("java")));
    assertThrows(InputException.class, () -> OneCore.forEach(100_000));
  }
}
