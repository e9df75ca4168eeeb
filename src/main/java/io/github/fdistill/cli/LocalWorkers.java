package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.device.Lanes;
import io.github.fdistill.files.ChildJava;
import io.github.fdistill.workers.Team;
import io.github.fdistill.workers.TfConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;

/**
 * Workers on this machine, each a process with its share of the cores: {@code --local-workers N},
 * {@code --device cpu:N}, or {@code --device gpu:N} with a GPU each. Those of a bench have a core
 * each: {@code bench --workers N}.
 */
final class LocalWorkers {
  static final Pattern DEVICES = Pattern.compile("(cpu|gpu):([1-9]\\d{0,2})");

  /** For the others to end by themselves when one has. */
  private static final long PATIENCE_SECONDS = 10;

  /** The same when one has ended because it had lost another: so have they, at the same time. */
  private static final long SHORT_SECONDS = 2;

  /** What a process ends with that was killed, as by a system whose memory is short: SIGKILL. */
  private static final int KILLED = 137;

  /** Flags of workers that are somewhere, beside which none are started. */
  private static final String LISTED =
      "--(" + WorkerFlags.WORKERS + "|" + WorkerFlags.WORKER + ")(=.*)?";

  private static final String BENCH = "bench";

  /** Commands that several can make. */
  private static final Set<String> COMMANDS =
      Set.of("train", "pretrain", "features", "sample", "evaluate", BENCH);

  /** Those of them that draw images, of which each worker has a part. */
  private static final Set<String> DRAWING = Set.of("sample", "evaluate");

  static final int MOST = 999;

  /** In a worker: the command line that asked for all, its words with {@link #BETWEEN} between. */
  private static final String GIVEN = "fdistill.given";

  /** Which GPUs a process may see, in CUDA's words. */
  private static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

  private static final String BETWEEN = "\u001f";

  private final List<String> given;
  private final List<String> words = new ArrayList<>();
  private int workers;
  private String flag = "";
  private boolean gpus;

  private LocalWorkers(List<String> given) {
    this.given = given;
    for (int i = 0; i < given.size(); i++) {
      String[] word = given.get(i).split("=", 2);
      boolean local =
          word[0].equals("--" + WorkerFlags.LOCAL)
              || isBench() && word[0].equals("--" + WorkerFlags.WORKERS);
      boolean device = word[0].equals("--" + DeviceFlag.NAME);
      String value = word.length == 2 ? word[1] : i + 1 < given.size() ? given.get(i + 1) : "";
      Matcher devices = DEVICES.matcher(value);
      if (local && value.matches("[1-9]\\d{0,2}")) {
        ask(Integer.parseInt(value), word[0] + " " + value);
      } else if (device && devices.matches()) {
        ask(Integer.parseInt(devices.group(2)), word[0] + " " + value);
        gpus = devices.group(1).equals("gpu");
        words.addAll(List.of("--device", devices.group(1)));
      } else {
        words.add(given.get(i));
        continue;
      }
      i += word.length == 2 ? 0 : 1;
    }
  }

  private void ask(int number, String by) {
    flag = number > workers ? by : flag;
    workers = Math.max(workers, number);
  }

  /** The flag by which a user asks for several, with its value. */
  Optional<String> flag() {
    return Optional.of(flag).filter(any -> workers > 1);
  }

  /** Those that a command line asks for; one, or none, where it asks for none. */
  static LocalWorkers of(List<String> words) {
    return new LocalWorkers(words);
  }

  private boolean isBench() {
    return !given.isEmpty() && given.get(0).equals(BENCH);
  }

  private boolean haveACoreEach() {
    return isBench() && !gpus;
  }

  /** Whether several are to be started; one alone makes a dry run, which tells what each takes. */
  boolean areSeveral() {
    return workers > 1
        && !words.isEmpty()
        && COMMANDS.contains(words.get(0))
        && words.stream().noneMatch(word -> word.matches(LISTED))
        && !Flags.isIn(words, Flags.DRY);
  }

  /**
   * Refuses several that were not started: of those that were, the flag is taken away.
   *
   * @throws InputException also where their number is none
   */
  static void requireStarted(CommandLine line) {
    int local = Flags.whole(line, WorkerFlags.LOCAL, 1, 1, MOST);
    boolean listed = line.hasOption(WorkerFlags.WORKERS) || line.hasOption(WorkerFlags.WORKER);
    boolean numbered = line.hasOption(WorkerFlags.LOCAL);
    if (listed && (numbered || asked(line) > 1)) {
      throw new InputException(
          numbered
              ? "--" + WorkerFlags.LOCAL
              : "--" + DeviceFlag.NAME + " " + line.getOptionValue(DeviceFlag.NAME),
          "beside --" + WorkerFlags.WORKERS + " or --" + WorkerFlags.WORKER,
          "a number of workers on this machine, or a list of workers",
          "leave one out");
    }
    if (local > 1 && !line.hasOption(Flags.DRY) && System.getProperty(GIVEN) == null) {
      throw Flags.bad(
          WorkerFlags.LOCAL,
          line.getOptionValue(WorkerFlags.LOCAL),
          "two dashes, and the number in plain digits: --" + WorkerFlags.LOCAL + " " + local);
    }
  }

  /**
   * Refuses several where the environment names a team, of which each would start its own: all
   * would train apart.
   *
   * @param variables of the process
   */
  void requireNoTeam(Map<String, String> variables) {
    if (!DRAWING.contains(words.get(0)) && !isBench()) {
      requireNoTeam(flag, workers, WorkerFlags.named(variables));
    }
  }

  /** The same where it is known who they are, and by which flag the others are asked for. */
  static void requireNoTeam(String flag, int local, Optional<Team> team) {
    if (local > 1 && team.isPresent()) {
      throw new InputException(
          flag,
          local + " workers on this machine, beside a team: " + team.get().workers(),
          "a number of workers on this machine, or a team",
          "leave the number out, and name each of a machine's workers in the team; or leave out --"
              + WorkerFlags.WORKERS
              + ", and unset "
              + TfConfig.NAME);
    }
  }

  /** How many flags ask for; 1 where they ask for none. */
  static int asked(CommandLine line) {
    int local = Flags.whole(line, WorkerFlags.LOCAL, 1, 1, MOST);
    Matcher devices = DEVICES.matcher(line.getOptionValue(DeviceFlag.NAME, ""));
    return devices.matches() ? Math.max(local, Integer.parseInt(devices.group(2))) : local;
  }

  /** The command line of each, without who it is. */
  List<String> words() {
    return words;
  }

  /** The command line that a user gave, in a worker too: with it all are started again. */
  static List<String> given(List<String> words) {
    String all = System.getProperty(GIVEN);
    return all == null ? words : List.of(all.split(BETWEEN, -1));
  }

  /** Whether this process is a worker that was told a port which nobody named. */
  static boolean pickedPorts() {
    return System.getProperty(GIVEN) != null;
  }

  /**
   * Starts them, and waits until all have ended. Worker 0 has this process's output; what goes
   * wrong with the others is told too, and a crash of one in words.
   *
   * @return 0, or the exit code of the first that ended otherwise; that of a worker that lost
   *     another before that of the one that was lost
   * @throws InputException when each is to have a core, or a GPU, and there are too few; or a team
   *     is named too
   */
  int run(String mainClass, PrintStream err) throws IOException {
    requireNoTeam(System.getenv());
    boolean oneCore = haveACoreEach();
    List<Integer> own = oneCore ? OneCore.forEach(workers) : List.of();
    String addresses = addresses();
    List<Process> processes = new ArrayList<>();
    Thread end = new Thread(() -> end(processes), "end-of-workers");
    Runtime.getRuntime().addShutdownHook(end);
    for (int i = 0; i < workers; i++) {
      ProcessBuilder builder = worker(mainClass, addresses, i).inheritIO();
      if (oneCore) {
        builder.command(OneCore.only(own.get(i), builder.command()));
      }
      if (i > 0) {
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
      }
      gpu(i, System.getenv(VISIBLE)).ifPresent(gpu -> builder.environment().put(VISIBLE, gpu));
      processes.add(builder.start());
    }
    int code = await(processes);
    try {
      Runtime.getRuntime().removeShutdownHook(end);
    } catch (IllegalStateException e) {
      // A signal ends all.
    }
    return told(code, processes, err);
  }

  /** The process of one, to be started; of its cores it is told its share. */
  ProcessBuilder worker(String mainClass, String addresses, int number) {
    int there = Runtime.getRuntime().availableProcessors();
    int cores = haveACoreEach() ? 1 : Math.max(1, there / workers);
    List<String> flags = new ArrayList<>();
    flags.add("-XX:ActiveProcessorCount=" + cores);
    flags.add(OwnProcess.here());
    flags.add("-D" + GIVEN + "=" + String.join(BETWEEN, given));
    if (DRAWING.contains(words.get(0))) {
      flags.addAll(Lanes.asAlone(there));
    }
    List<String> own = new ArrayList<>(words);
    own.addAll(
        List.of("--" + WorkerFlags.WORKERS, addresses, "--" + WorkerFlags.WORKER, "" + number));
    if (OwnProcess.isFor(words)) {
      // The first decodes what all have drawn, when the others have let go of theirs.
      return OwnProcess.prepared(mainClass, flags, own, number == 0 ? 1 : workers);
    }
    if (DRAWING.contains(words.get(0))) {
      flags.add(OwnProcess.NO_LAST_WORDS);
    }
    List<String> command =
        new ArrayList<>(ChildJava.command(mainClass, flags.toArray(String[]::new)));
    command.addAll(own);
    return new ProcessBuilder(command);
  }

  /** The exit code of all; of a command that draws from a model, after words about a crash. */
  private int told(int code, List<Process> processes, PrintStream err) {
    return processes.stream()
        .map(Process::exitValue)
        .filter(ended -> ended != KILLED && OwnProcess.isCrash(ended))
        .findFirst()
        .filter(crash -> DRAWING.contains(given.get(0)))
        .map(crash -> OwnProcess.tellCrash(crash, given, err))
        .orElse(code);
  }

  /**
   * The GPU that a worker sees, of those that this process may see; nothing where none are asked
   * for.
   *
   * @param visible what the environment says of them, or null
   * @throws InputException when there are fewer than workers
   */
  Optional<String> gpu(int worker, String visible) {
    if (!gpus || visible == null) {
      return gpus ? Optional.of(Integer.toString(worker)) : Optional.empty();
    }
    List<String> named =
        Stream.of(visible.split(","))
            .map(String::strip)
            .takeWhile(gpu -> !gpu.isEmpty() && !gpu.startsWith("-")) // As CUDA reads it.
            .toList();
    if (named.size() < workers) {
      throw new InputException(
          "--device gpu:" + workers,
          VISIBLE + " names " + named.size() + ": '" + visible + "'",
          "a GPU for each",
          "name more of them there, or take fewer: gpu:N");
    }
    return Optional.of(named.get(worker));
  }

  /** Waits for all; the others of one that fails end by themselves, or are ended. */
  static int await(List<Process> processes) {
    int code = 0;
    long seconds = PATIENCE_SECONDS;
    List<Process> left = new ArrayList<>(processes);
    try {
      while (!left.isEmpty()) {
        for (Process process : List.copyOf(left)) {
          if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
            left.remove(process);
            seconds = process.exitValue() == Main.AGAIN ? SHORT_SECONDS : seconds;
            boolean killed = code == 0 && process.exitValue() == KILLED;
            int ended = killed ? Main.AGAIN : process.exitValue();
            code = code == 0 || ended == Main.AGAIN ? ended : code;
          }
        }
        if (code != 0) {
          long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
          for (Process process : left) {
            if (!process.waitFor(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
              process.destroyForcibly(); // One that is frozen hears no other signal.
            }
          }
        }
      }
    } catch (InterruptedException e) {
      end(processes);
    }
    return code;
  }

  /** A signal to this process is one to all. */
  private static void end(List<Process> processes) {
    processes.forEach(Process::destroy);
    processes.forEach(process -> process.onExit().join());
  }

  /** Free ports of this machine, two for each. */
  private String addresses() throws IOException {
    List<String> addresses = new ArrayList<>();
    List<ServerSocket> held = new ArrayList<>();
    InetAddress here = InetAddress.getByName("127.0.0.1");
    try {
      while (addresses.size() < workers) {
        ServerSocket first = new ServerSocket(0, 1, here);
        held.add(first);
        int next = first.getLocalPort() + 1;
        try {
          held.add(new ServerSocket(next, 1, here));
          addresses.add("127.0.0.1:" + first.getLocalPort());
        } catch (IOException | IllegalArgumentException e) {
          // The next one is taken: another pair.
        }
      }
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
    return String.join(",", addresses);
  }
}
