package io.github.fdistill.cli;

import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.bench.Bench;
import io.github.fdistill.bench.BenchPlan;
import io.github.fdistill.bench.BenchReport;
import io.github.fdistill.bench.Peer;
import io.github.fdistill.bench.TeamBench;
import io.github.fdistill.bench.TeamFindings;
import io.github.fdistill.bench.Work;
import io.github.fdistill.config.BenchConfig;
import io.github.fdistill.config.SettingPaths;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.files.WholeFile;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RunRecord;
import io.github.fdistill.journal.StopSignal;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.workers.Crew;
import io.github.fdistill.workers.Team;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill bench}: how fast steps and samplers are, and where their time goes. */
final class BenchCommand implements Command {
  private static final String GRAPHS = "graphs/fashion-mnist";
  private static final int ROUNDS = 10;
  private static final int MOST_VARIANTS = 16;

  /** For what is being computed to end after Ctrl-C or SIGTERM. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /**
   * Who hears what was found.
   *
   * @param json file for it too
   * @param words the command line
   */
  private record Told(PrintStream out, Optional<Path> json, List<String> words) {
    /** Refuses a file that could not be written, before anything is timed. */
    void require() {
      json.ifPresent(WholeFile::requireWritable);
    }

    void of(String text, Map<String, Object> entries) throws IOException {
      out.print(text);
      if (json.isPresent()) {
        RunRecord record = RunRecord.start(words);
        entries.forEach(record::put);
        record.write(json.get());
      }
    }
  }

  @Override
  public String name() {
    return "bench";
  }

  @Override
  public String summary() {
    return "times steps and samplers beside what the machine can do, and says where time goes";
  }

  @Override
  public Optional<Message> settings() {
    return Optional.of(BenchConfig.getDefaultInstance());
  }

  @Override
  public Options options() {
    Options options = new Options();
    options
        .addOption(
            Flags.valued(
                "graphs",
                "FOLDER",
                "settings to time: network.pbtxt, pretrain.pbtxt, distill.pbtxt; "
                    + "may be repeated, to time several side by side (default "
                    + GRAPHS
                    + ")"))
        .addOption(
            Flags.valued(
                "set",
                "FIELD=VALUE",
                "change a setting; may be repeated, such as --set heun_steps=18 "
                    + "--set distill.batch_size=32 --set pretrain.precision=FLOAT32"))
        .addOption(
            Flags.valued(
                "sweep",
                "FIELD=A,B",
                "time several values of a setting side by side; may be repeated, "
                    + "for every combination"))
        .addOption(
            Flags.valued(
                "only",
                "NAMES",
                "of critic, student, cycle (critics and student), pretrain, heun, "
                    + "one-step; several are separated by commas"))
        .addOption(Flags.valued("rounds", "N", "how often each is timed (default " + ROUNDS + ")"))
        .addOption(Flags.valued("json", "FILE", "write the numbers as JSON too"))
        .addOption(
            Flags.valued(
                "against",
                "FILE",
                "show ratios to what another run or another program measured: a file "
                    + "as --json writes it; docs/speed.md has the form"))
        .addOption(DeviceFlag.option())
        .addOption(Flags.plain("quiet", "no progress"));
    return WorkerFlags.ofBench(options);
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill bench",
        "./fdistill bench --only critic,student --rounds 30 --json bench.json",
        "./fdistill bench --only critic,student --against bench.json",
        "./fdistill bench --sweep distill.precision=BFLOAT16,FLOAT32 --only cycle",
        "./fdistill bench --graphs graphs/bench-32x32 --graphs graphs/bench-64x64 --rounds 5",
        "./fdistill bench --workers 2 --set distill.batch_size=64 --rounds 5");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException {
    Sessions.prepare();
    int rounds = Flags.whole(line, "rounds", ROUNDS, 1, 10_000);
    Set<Work> wanted = wanted(line);
    List<BenchPlan> plans = plans(line, workspace, wanted);
    refuseNumber(line);
    Optional<Team> team = WorkerFlags.team(line, System.getenv());
    Optional<Path> json = Optional.ofNullable(line.getOptionValue("json")).map(workspace::path);
    Optional<Peer> peer =
        Optional.ofNullable(line.getOptionValue("against")).map(workspace::path).map(Peer::read);
    Told told = new Told(out, json, LocalWorkers.given(words));
    Progress.Display display = Progress.Display.choose(line.hasOption("quiet"));
    if (team.isEmpty() || team.get().workers().size() == 1) {
      alone(plans, wanted, rounds, Progress.Options.of(display), told, peer);
      return;
    }
    refuseOfOne(line);
    String work = WorkerFlags.COMMAND + words.get(0) + "\nrounds: " + rounds;
    for (BenchPlan plan : plans) {
      work += "\n" + plan.name() + "\n" + SettingPaths.of(plan.config());
    }
    WorkerFlags.time(
        line,
        team.get(),
        work,
        crew -> {
          Progress.Options how =
              Progress.Options.of(crew.leads() ? display : Progress.Display.NOTHING);
          together(crew, plans, rounds, how, told);
        });
  }

  /** So many as there can be were started, and have a list instead. */
  private static void refuseNumber(CommandLine line) {
    String workers = line.getOptionValue(WorkerFlags.WORKERS, "");
    if (workers.matches("[+-]?\\d+")) {
      if (line.hasOption(WorkerFlags.WORKER)) {
        throw new InputException(
            "--" + WorkerFlags.WORKER,
            "beside --" + WorkerFlags.WORKERS + " " + workers,
            "a number of workers, who are started here, or a list of which this is one",
            "leave --" + WorkerFlags.WORKER + " out, or name them: HOST:PORT,...");
      }
      throw Flags.bad(
          WorkerFlags.WORKERS,
          workers,
          "2 to " + LocalWorkers.MOST + " as in --" + WorkerFlags.WORKERS + " 2, or HOST:PORT,...");
    }
  }

  /** Several workers time the whole step, beside the same by one. */
  private static void refuseOfOne(CommandLine line) {
    for (String flag : List.of("only", "against")) {
      if (line.hasOption(flag)) {
        throw new InputException(
            "--" + flag, "several workers", "one: several time the whole step", "leave it out");
      }
    }
  }

  /** Every folder with every combination of the values that are swept. */
  private static List<BenchPlan> plans(CommandLine line, Workspace workspace, Set<Work> wanted) {
    List<List<String>> sweeps = sweeps(line);
    String[] folders =
        line.hasOption("graphs") ? line.getOptionValues("graphs") : new String[] {GRAPHS};
    List<BenchPlan> plans = new ArrayList<>();
    for (String folder : folders) {
      for (List<String> swept : sweeps) {
        List<String> overrides = new ArrayList<>(Flags.overrides(line));
        overrides.addAll(swept);
        String name = String.join(" ", folder, String.join(" ", swept)).strip();
        Path path = workspace.path(folder);
        plans.add(BenchPlan.read(workspace, name, path, overrides, wanted));
      }
    }
    return plans;
  }

  private static void alone(
      List<BenchPlan> plans,
      Set<Work> wanted,
      int rounds,
      Progress.Options how,
      Told told,
      Optional<Peer> peer)
      throws IOException {
    told.require();
    List<Bench.Variant> variants = new ArrayList<>();
    for (BenchPlan plan : plans) {
      variants.add(plan.variant());
    }
    requireSomething(variants, wanted);
    try (StopSignal stop = StopSignal.install(PATIENCE, "this measure ends, and nothing is told")) {
      Optional<Bench.Findings> found = Bench.run(variants, wanted, rounds, how, stop::requested);
      if (found.isPresent()) {
        BenchReport report = new BenchReport(found.get(), peer);
        told.of(report.text(), report.entries());
      }
    }
  }

  private static void together(
      Crew crew, List<BenchPlan> plans, int rounds, Progress.Options how, Told told)
      throws IOException {
    if (crew.leads()) {
      told.require();
    }
    List<TeamBench.Variant> variants = new ArrayList<>();
    for (BenchPlan plan : plans) {
      variants.add(plan.variant(crew.workers()));
    }
    List<TeamFindings> found = TeamBench.run(variants, crew, rounds, how);
    if (crew.leads()) {
      List<Map<String, Object>> entries = found.stream().map(TeamFindings::entry).toList();
      told.of(TeamFindings.text(found), Map.of("together", entries));
      crew.end(true);
    } else {
      crew.ordered(); // To end.
    }
  }

  private static Set<Work> wanted(CommandLine line) {
    if (!line.hasOption("only")) {
      return Work.ASKED;
    }
    Set<Work> wanted = EnumSet.noneOf(Work.class);
    for (String name : line.getOptionValue("only").split(",", -1)) {
      wanted.add(
          Work.ASKED.stream()
              .filter(work -> work.toString().equals(name))
              .findFirst()
              .orElseThrow(() -> Flags.bad("only", name, "some of " + joined(Work.ASKED, ", "))));
    }
    return wanted;
  }

  private static String joined(Set<Work> works, String between) {
    return works.stream().map(Work::toString).collect(Collectors.joining(between));
  }

  /** Every combination of the values that are swept; where none are, one without settings. */
  private static List<List<String>> sweeps(CommandLine line) {
    List<List<String>> combinations = List.of(List.of());
    String[] sweeps = line.hasOption("sweep") ? line.getOptionValues("sweep") : new String[0];
    for (String sweep : sweeps) {
      int equals = sweep.indexOf('=');
      if (equals < 1) {
        throw Flags.bad("sweep", sweep, "FIELD=A,B: a setting and its values");
      }
      List<List<String>> more = new ArrayList<>();
      for (List<String> before : combinations) {
        for (String value : sweep.substring(equals + 1).split(",", -1)) {
          List<String> with = new ArrayList<>(before);
          with.add(sweep.substring(0, equals) + "=" + value);
          more.add(with);
        }
      }
      combinations = more;
      if (combinations.size() > MOST_VARIANTS) {
        throw Flags.bad("sweep", sweep, "at most " + MOST_VARIANTS + " combinations");
      }
    }
    return combinations;
  }

  private static void requireSomething(List<Bench.Variant> variants, Set<Work> wanted) {
    if (variants.stream().allMatch(variant -> variant.subjects().isEmpty())) {
      throw new InputException(
          "--only " + joined(wanted, ","),
          "no folder has settings for it",
          "network.pbtxt and pretrain.pbtxt, to time pretraining",
          "time something else, or add the files");
    }
  }
}
