package io.github.fdistill.cli;

import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.config.SettingPaths;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.journal.Program;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.workers.Crew;
import io.github.fdistill.workers.Exposure;
import io.github.fdistill.workers.Loss;
import io.github.fdistill.workers.OneKind;
import io.github.fdistill.workers.Slurm;
import io.github.fdistill.workers.Team;
import io.github.fdistill.workers.TfConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.logging.log4j.Logger;

/**
 * Flags of a run that several workers make together, and such a run from its meeting to its end.
 */
final class WorkerFlags {
  private static final Logger LOG = Logs.of(WorkerFlags.class);

  static final String WORKERS = "workers";
  static final String WORKER = "worker";
  static final String LOCAL = "local-workers";

  /** The first line of what is to be done, which all workers have the same of. */
  static final String COMMAND = "command: ";

  private static final String SLURM = "slurm";
  private static final String PATIENCE = "patience";
  private static final String PUBLIC = "public-ports";

  /** Beside the time that workers have to end, less than half a minute. */
  private static final int PATIENCE_SECONDS = 25;

  /** For a worker to end by itself when another is lost, before it is ended. */
  private static final long GRACE_MILLIS = 4000;

  /** What comes of it when all workers of a run are started again. */
  private static final String GOES_ON = "the run goes on from its newest checkpoint";

  private WorkerFlags() {}

  /** What several do together. */
  @FunctionalInterface
  interface Together {
    void of(Crew crew) throws IOException;
  }

  /** A run, alone or with others. */
  @FunctionalInterface
  interface Run {
    void of(RunOrder order) throws IOException;
  }

  /** {@code --workers, --worker, --local-workers, --patience, --public-ports}. */
  static Options with(Options options) {
    return terms(
        together(
            options,
            "train",
            ", of which the first writes what the run leaves; or slurm: those of this step. Also by"
                + " TF_CONFIG"));
  }

  /** The same of a command that draws images, of which each worker draws a part. */
  static Options ofDrawing(Options options) {
    return patience(
        together(
            options,
            "draw",
            ", each a part of the images, of which the first does the rest; or slurm"));
  }

  private static Options together(Options options, String verb, String how) {
    String meaning = verb + " together with these workers" + how + "; see docs/workers.md";
    return several(options, "HOST:PORT,...", meaning)
        .addOption(Flags.valued(LOCAL, "N", verb + " together with N workers on this machine"));
  }

  /** The same of a bench, which takes a number of them for {@code --workers}. */
  static Options ofBench(Options options) {
    several(
        options,
        "N",
        "time a step by N workers, each on one core of this machine, beside "
            + "the same by one; or HOST:PORT,...: by these, see docs/workers.md");
    return terms(options);
  }

  private static Options several(Options options, String value, String meaning) {
    return options
        .addOption(Flags.valued(WORKERS, value, meaning))
        .addOption(Flags.valued(WORKER, "I", "which of them this is, from 0"));
  }

  private static Options terms(Options options) {
    return patience(options)
        .addOption(
            Flags.plain(PUBLIC, "although this machine has a public address: a firewall is there"));
  }

  private static Options patience(Options options) {
    return options.addOption(
        Flags.valued(
            PATIENCE,
            "SECONDS",
            "how long workers are waited for, and how long one may be silent (default "
                + PATIENCE_SECONDS
                + ")"));
  }

  /**
   * Runs, with others where flags or the environment say so.
   *
   * @param settings that all have the same of
   */
  static void run(CommandLine line, RunOrder order, Message settings, Run run) throws IOException {
    if (order.dry()) {
      run.of(order.triedFor(together(line, tried(line, System.getenv()))));
      return;
    }
    Optional<Team> team = team(line, System.getenv());
    if (team.isEmpty() || team.get().workers().size() == 1) {
      run.of(order);
      return;
    }
    String work = COMMAND + order.words().get(0) + "\n" + SettingPaths.of(settings);
    together(line, team.get(), terms(line, work, GOES_ON), crew -> run.of(order.with(crew)));
  }

  /** How many flags or the environment say would make a run that is only tried. */
  static RunOrder.Together together(CommandLine line, Optional<Team> team) {
    int local = LocalWorkers.asked(line);
    String flags = "--" + LOCAL + " or --" + DeviceFlag.NAME;
    LocalWorkers.requireNoTeam(flags, local, team);
    return team.map(t -> new RunOrder.Together(t.workers().size(), t.here()))
        .orElse(new RunOrder.Together(local, local));
  }

  /**
   * Times a step with others.
   *
   * @param work what is to be done: the same text for all
   */
  static void time(CommandLine line, Team team, String work, Together all) throws IOException {
    together(line, team, terms(line, work, "all is timed anew"), all);
  }

  private static void together(CommandLine line, Team team, Crew.Terms terms, Together all)
      throws IOException {
    if (!line.hasOption(PUBLIC)) {
      Exposure.requireNone(LocalWorkers.pickedPorts(), "--" + PUBLIC);
    }
    Together summing =
        crew -> {
          crew.serve();
          all.of(crew);
        };
    meet(team, terms, summing);
  }

  /**
   * Draws with others where flags say so; nothing of TensorFlow's listens for them.
   *
   * @param words of the command line, of which the first is the command; flags and the rest are the
   *     same for all but for their numbers
   * @return whether there are others; else nothing was done
   */
  static boolean draw(CommandLine line, List<String> words, Together all) throws IOException {
    Optional<Team> team = drawing(line);
    if (team.isEmpty()) {
      return false;
    }
    String work = drawn(line, words.get(0));
    Together alike =
        crew -> {
          OneKind.require(crew, Sessions.computesOn(), LOG::warn);
          all.of(crew);
        };
    meet(team.get(), terms(line, work, "all is drawn anew"), alike);
    return true;
  }

  /** Who draws together; none where one draws alone. */
  static Optional<Team> drawing(CommandLine line) {
    return line.hasOption(WORKERS)
        ? team(line, System.getenv()).filter(team -> team.workers().size() > 1)
        : Optional.empty();
  }

  /** What is asked for, a line for each flag, without who this worker is. */
  static String drawn(CommandLine line, String command) {
    List<String> asked = new ArrayList<>(List.of(COMMAND + command));
    for (Option flag : line.getOptions()) {
      if (!WORKER.equals(flag.getLongOpt())) {
        asked.add(
            ("--" + flag.getLongOpt() + " " + String.join(" ", flag.getValuesList())).strip());
      }
    }
    asked.addAll(line.getArgList());
    return String.join("\n", asked);
  }

  private static void meet(Team team, Crew.Terms terms, Together all) throws IOException {
    try (Crew crew = Crew.meet(team, terms, WorkerFlags::endSoon)) {
      try {
        all.of(crew);
      } catch (WorkersEnded e) {
        throw e;
      } catch (Exception | Error e) {
        throw new WorkersEnded(crew.fail(e, Failures.of(e)));
      }
    } catch (InputException | IOException e) {
      throw new WorkersEnded(e);
    }
  }

  /**
   * Refuses several workers where there is nothing to divide, and names what asks for them.
   *
   * @param words of the command line
   * @param team that it has
   * @param why one does it all
   */
  static void requireAlone(CommandLine line, List<String> words, Optional<Team> team, String why) {
    Optional<String> local = LocalWorkers.of(LocalWorkers.given(words)).flag();
    if (local.isPresent() || team.filter(all -> all.workers().size() > 1).isPresent()) {
      boolean named = local.isEmpty() && !line.hasOption(WORKERS);
      throw new InputException(
          named ? TfConfig.NAME : local.orElse("--" + WORKERS),
          "several workers",
          "one: " + why,
          named ? "unset " + TfConfig.NAME : "leave it out");
    }
  }

  private static Crew.Terms terms(CommandLine line, String work, String then) {
    return new Crew.Terms(
        Program.running().told(),
        work,
        Duration.ofSeconds(Flags.whole(line, PATIENCE, PATIENCE_SECONDS, 2, 86_400)),
        then);
  }

  /** Who would train together; of a list no number is needed. */
  static Optional<Team> tried(CommandLine line, Map<String, String> variables) {
    return team(line, variables, false);
  }

  /** Who trains together; none where nothing says so. */
  static Optional<Team> team(CommandLine line, Map<String, String> variables) {
    return team(line, variables, true);
  }

  /**
   * @param numbered whether this one's number is to be known
   */
  private static Optional<Team> team(
      CommandLine line, Map<String, String> variables, boolean numbered) {
    String list = line.getOptionValue(WORKERS);
    if (list != null && list.matches("\\d+")) {
      throw Flags.bad(
          WORKERS, list, "HOST:PORT,...; for workers on this machine: --" + LOCAL + " " + list);
    }
    if (line.hasOption(WORKER) && (list == null || list.equals(SLURM))) {
      throw new InputException(
          "--" + WORKER,
          list == null ? "without --" + WORKERS : "beside --" + WORKERS + " " + SLURM,
          "a list of which it is one",
          list == null ? "add --" + WORKERS + " HOST:PORT,..." : "leave it out: Slurm says it");
    }
    if (SLURM.equals(list)) {
      return Optional.of(Slurm.team(variables));
    } else if (list != null) {
      if (numbered && !line.hasOption(WORKER)) {
        throw new InputException(
            "--" + WORKERS, "without --" + WORKER, "both", "add --" + WORKER + " I, from 0");
      }
      return Optional.of(Team.of("--" + WORKERS, list, Flags.whole(line, WORKER, 0, 0, 1023)));
    }
    return named(variables);
  }

  /** The team that the environment names. */
  static Optional<Team> named(Map<String, String> variables) {
    return Optional.ofNullable(variables.get(TfConfig.NAME)).flatMap(TfConfig::team);
  }

  /** Ends this process where it does not end by itself, as one that waits in TensorFlow. */
  private static void endSoon(Loss loss) {
    try {
      Thread.sleep(GRACE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.err.println("fdistill: " + loss.why().getMessage());
    Runtime.getRuntime().halt(loss.again() ? Main.AGAIN : Main.FAILED);
  }
}
