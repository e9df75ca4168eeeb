package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.workers.Team;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class WorkerFlagsTest {
  private static final String CLUSTER =
      "{\"cluster\": {\"worker\": [\"a:1\", \"b:1\"]},"
          + " \"task\": {\"type\": \"worker\", \"index\": 1}}";

  private static Optional<Team> team(Map<String, String> variables, String... flags)
      throws ParseException {
    return WorkerFlags.team(Main.parse(new TrainCommand(), List.of(flags)), variables);
  }

  @Test
  void flagsSayWhoTheWorkersAreAndElseTheEnvironment() throws ParseException {
    assertEquals(Optional.empty(), team(Map.of()));
    Map<String, String> both = Map.of("TF_CONFIG", CLUSTER);
    assertEquals(1, team(both).orElseThrow().worker());
    Team said = team(both, "--workers", "c:1,d:1,e:1", "--worker", "2").orElseThrow();
    assertEquals("[c:1, d:1, e:1]", said.workers().toString());
    assertThrows(InputException.class, () -> team(Map.of(), "--workers", "c:1,d:1"));
    assertThrows(InputException.class, () -> team(Map.of(), "--workers", "slurm"));
  }

  @Test
  void flagsThatSayNothingOrTwoThingsAreRefused() throws ParseException {
    assertThrows(InputException.class, () -> team(Map.of(), "--worker", "1"));
    String number = refusal(() -> team(Map.of(), "--workers", "2"));
    assertTrue(number.contains("on this machine: --local-workers 2"), number);
    for (String flags :
        List.of(
            "--local-workers 0",
            "--local-workers many",
            "--local-workers 1000",
            "--local-workers 2 --workers a:1,b:1",
            "--device gpu:2 --workers a:1,b:1 --worker 0",
            "--local-workers 2 --worker 1")) {
      CommandLine line = Main.parse(new TrainCommand(), List.of(flags.split(" ")));
      assertThrows(InputException.class, () -> LocalWorkers.requireStarted(line), flags);
      assertFalse(LocalWorkers.of(List.of(("train " + flags).split(" "))).areSeveral(), flags);
    }
  }

  /** The parser takes what those do not hear that start workers: one would do the work of many. */
  @Test
  void severalThatWereNotStartedAreRefused() throws ParseException {
    for (String asked : List.of("-local-workers 2", "--local-workers 02", "--local-workers=+2")) {
      String[] flags = asked.split(" ");
      for (Command command : List.of(new TrainCommand(), new SampleCommand())) {
        CommandLine line = Main.parse(command, List.of(flags));
        String told = refusal(() -> LocalWorkers.requireStarted(line));
        assertTrue(told.contains("plain digits: --local-workers 2"), told);
      }
    }
    List<String> tried = List.of("--dry-run", "--local-workers", "02");
    LocalWorkers.requireStarted(Main.parse(new TrainCommand(), tried));
  }

  private static String refusal(Executable executable) {
    return assertThrows(InputException.class, executable).getMessage();
  }

  /** The command line is the same for all, and the files that it names may be others. */
  @Test
  void whatFilesSayOfADrawingIsCompared() {
    List<String> read = new ArrayList<>();
    read.add(SampleCommand.read("hash", List.of("a cat"), Optional.empty()));
    read.add(SampleCommand.read("hash", List.of("a dog"), Optional.empty()));
    for (double sigma : new double[] {0.4, 0.5}) {
      DenoiserInfo info = DenoiserInfo.newBuilder().setSigmaData(sigma).build();
      ModelInfo said = new ModelInfo(info, "mapping.pbtxt");
      read.add(SampleCommand.read("hash", List.of("a cat"), Optional.of(said)));
    }
    assertEquals(read.size(), read.stream().distinct().count(), read.toString());
    assertEquals(read.get(0), SampleCommand.read("hash", List.of("a cat"), Optional.empty()));
  }

  /** One tries what several would make, and divides by how many those are. */
  @Test
  void ofWhatIsTriedItIsKnownWhoWouldMakeIt() throws ParseException {
    String four = "a:1,b:1,a:3,b:3";
    Map<String, RunOrder.Together> asked =
        Map.of(
            "--quiet",
            RunOrder.Together.ONE,
            "--local-workers 3",
            new RunOrder.Together(3, 3),
            "--device gpu:2",
            new RunOrder.Together(2, 2),
            "--workers " + four + " --worker 1",
            new RunOrder.Together(4, 2));
    for (String flags : asked.keySet()) {
      CommandLine line = Main.parse(new TrainCommand(), List.of(flags.split(" ")));
      assertEquals(
          asked.get(flags), WorkerFlags.together(line, WorkerFlags.team(line, Map.of())), flags);
    }
    CommandLine two = Main.parse(new TrainCommand(), List.of("--device", "gpu:2"));
    Optional<Team> team = team(Map.of("TF_CONFIG", CLUSTER));
    assertThrows(InputException.class, () -> WorkerFlags.together(two, team));
  }

  @Test
  void thoseWhoDrawAreAskedTheSameButForTheirNumbers() throws ParseException {
    String rest = "model --samples 9 --quiet --workers c:1,d:1 --worker";
    List<String> asked = new ArrayList<>();
    for (String flags : List.of(rest + " 0", rest + "=1", rest + " 01")) {
      CommandLine line = Main.parse(new EvaluateCommand(), List.of(flags.split(" ")));
      asked.add(WorkerFlags.drawn(line, "evaluate"));
    }
    String once = "command: evaluate\n--samples 9\n--quiet\n--workers c:1,d:1\nmodel";
    assertEquals(List.of(once, once, once), asked);
  }

  @Test
  void principalComponentsAreForOneWorker() throws ParseException {
    Map<String, String> asked =
        Map.of(
            "--workers c:1,d:1 --worker 1", "--workers: ",
            "--dry-run --device cpu:2", "--device cpu:2: ",
            "--dry-run --local-workers=2", "--local-workers 2: ");
    for (String flags : asked.keySet()) {
      List<String> words = List.of(("features " + flags).split(" "));
      CommandLine two = Main.parse(new FeaturesCommand(), words.subList(1, words.size()));
      Optional<Team> team = WorkerFlags.team(two, Map.of());
      String told = refusal(() -> WorkerFlags.requireAlone(two, words, team, "it is one"));
      assertTrue(told.startsWith(asked.get(flags)) && told.endsWith("leave it out"), told);
    }
    CommandLine one = Main.parse(new FeaturesCommand(), List.of());
    Optional<Team> named = WorkerFlags.team(one, Map.of("TF_CONFIG", CLUSTER));
    String told = refusal(() -> WorkerFlags.requireAlone(one, List.of("features"), named, "so"));
    assertTrue(told.startsWith("TF_CONFIG: several workers"), told);
    assertTrue(told.endsWith("unset TF_CONFIG"), told);
    WorkerFlags.requireAlone(one, List.of("features"), Optional.empty(), "so");
  }

  @Test
  void workersOnThisMachineGetTheSameWordsButForTheirNumber() {
    for (String asked : List.of("--local-workers=2", "--local-workers 2", "--device cpu:2")) {
      LocalWorkers local = LocalWorkers.of(List.of(("train " + asked + " --quiet").split(" ")));
      assertTrue(local.areSeveral(), asked);
      List<String> words = List.of("train", "--quiet");
      assertEquals(
          asked.contains("cpu") ? List.of("train", "--device", "cpu", "--quiet") : words,
          local.words());
    }
    LocalWorkers gpus = LocalWorkers.of(List.of("train", "--device", "gpu:2"));
    assertEquals(Optional.of("1"), gpus.gpu(1, null));
    assertEquals(Optional.of("7"), gpus.gpu(1, "3, 7,1"), "of those that may be seen");
    for (String fewer : List.of("3", "", "3,-1", "-1,0,1")) {
      assertThrows(InputException.class, () -> gpus.gpu(0, fewer), fewer);
    }
    LocalWorkers cpus = LocalWorkers.of(List.of("train", "--device", "cpu:2"));
    assertEquals(Optional.empty(), cpus.gpu(1, "3"));
    for (String one :
        List.of(
            "train --device cpu",
            "train --device cpu:1",
            "train --local-workers 1",
            "train",
            "train --local-workers 2 --dry-run",
            "train --local-workers 2 -dry-run",
            "serve --device cpu:2")) {
      assertFalse(LocalWorkers.of(List.of(one.split(" "))).areSeveral(), one);
    }
    Map<String, String> named = Map.of("TF_CONFIG", CLUSTER);
    String beside = refusal(() -> gpus.requireNoTeam(named));
    assertTrue(beside.contains("2 workers on this machine, beside a team: [a:1, b:1]"), beside);
    gpus.requireNoTeam(Map.of());
    LocalWorkers.of(List.of("sample", "--local-workers", "2")).requireNoTeam(named);
    String both = "train --local-workers 2 --device cpu:1";
    assertTrue(LocalWorkers.of(List.of(both.split(" "))).areSeveral(), both);
  }

  /** All together have one time to end in, and a short one where each has noticed by itself. */
  @Test
  void thoseWhoAreFrozenAreEndedSoon() throws IOException {
    List<Process> all = new ArrayList<>();
    for (String does : List.of("exit 75", "exec sleep 60", "exec sleep 60")) {
      all.add(new ProcessBuilder("sh", "-c", does).start());
    }
    long begun = System.nanoTime();
    assertEquals(Main.AGAIN, LocalWorkers.await(all));
    assertTrue(System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(8));
  }

  /** A run that is only tried waits for nobody, and needs to be nobody's number. */
  @Test
  void ofARunThatIsTriedHowManyAreThereIsEnough() throws Exception {
    Options options = WorkerFlags.with(new Options());
    CommandLine list = new DefaultParser().parse(options, new String[] {"--workers", "a:1,b:1"});
    assertEquals(2, WorkerFlags.tried(list, Map.of()).orElseThrow().workers().size());
    assertThrows(InputException.class, () -> WorkerFlags.team(list, Map.of()));
    CommandLine slurm = new DefaultParser().parse(options, new String[] {"--workers", "slurm"});
    assertThrows(InputException.class, () -> WorkerFlags.tried(slurm, Map.of()));
  }
}
