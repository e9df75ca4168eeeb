package io.github.fdistill.workers;

import io.github.fdistill.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Slurm's {@code srun} tells each task of a step, as a team: a worker for each task. */
public final class Slurm {
  private static final Pattern REPEATED = Pattern.compile("(\\d{1,4})(?:\\(x(\\d{1,4})\\))?");
  private static final String RANGES = "\\d{1,9}(?:-\\d{1,9})?(?:,\\d{1,9}(?:-\\d{1,9})?)*";
  private static final Pattern RANGED = Pattern.compile("\\[(" + RANGES + ")\\]");

  /** Brackets of a name: a rack, a machine in it, and more than anybody has. */
  private static final int MOST_RANGED = 5;

  private static final int MOST = 1024;
  private static final String STEP = "SLURM_STEP_ID";

  /** How often the job was begun again; it is not there before. */
  private static final String RESTARTS = "SLURM_RESTART_COUNT";

  private static final int FIRST_PORT = 20000;

  /** Two ports for each of eight tasks. */
  private static final int PORTS = 16;

  private static final int TEAMS = 2500;

  /** Steps and restarts of one job are so far apart, for the next jobs' are beside it. */
  private static final int APART = 1009;

  private Slurm() {}

  /**
   * The team of a task. Jobs on one machine have ports of their own, by the numbers of the job and
   * of its step; one that begins again has others, for what listens at a port may stay.
   *
   * @param variables of the process
   * @throws InputException when they are not those of a task of {@code srun}
   */
  public static Team team(Map<String, String> variables) {
    List<String> hosts = hosts(get(variables, "SLURM_STEP_NODELIST"));
    List<Integer> tasks = repeated(get(variables, "SLURM_STEP_TASKS_PER_NODE"));
    long job = number(variables, "SLURM_JOB_ID");
    long step = count(variables, STEP) + count(variables, RESTARTS);
    int first = FIRST_PORT + PORTS * (int) ((job + APART * step) % TEAMS);
    if (hosts.size() != tasks.size()) {
      throw refused(hosts.size() + " nodes, and tasks of " + tasks.size());
    }
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < hosts.size(); i++) {
      for (int task = 0; task < tasks.get(i) && addresses.size() <= MOST; task++) {
        addresses.add(hosts.get(i) + ":" + (first + 2 * task));
      }
    }
    int worker = (int) Math.min(number(variables, "SLURM_PROCID"), Integer.MAX_VALUE);
    Team team = Team.of("SLURM_STEP_NODELIST", addresses, worker);
    requireInBlocks(team, variables);
    return team;
  }

  /** Task after task on a node, then on the next: so are the addresses. */
  private static void requireInBlocks(Team team, Map<String, String> variables) {
    String node = variables.get("SLURMD_NODENAME");
    String host = team.workers().get(team.worker()).host();
    if (node != null && !node.equals(host)) {
      throw new InputException(
          "--workers slurm",
          "task " + team.worker() + " on " + node + ", and not on " + host,
          "as many tasks one after another on a node as it has, then those of the next",
          "start it as srun --distribution=block ./fdistill ...");
    }
  }

  /** The names in a list such as {@code gpu[01-03,7],rack[0-1]n[0-3],login}. */
  static List<String> hosts(String list) {
    List<String> hosts = new ArrayList<>();
    for (String part : list.split(",(?![^\\[]*\\])")) {
      if (hosts.size() <= MOST) {
        hosts.addAll(named(part));
      }
    }
    return hosts;
  }

  /** Each number of the first brackets with each of the next, and so on. */
  private static List<String> named(String part) {
    Matcher ranged = RANGED.matcher(part);
    List<String> names = List.of("");
    int end = 0;
    for (int i = 0; i < MOST_RANGED && ranged.find(); i++) {
      String between = part.substring(end, ranged.start());
      List<String> numbers = numbers(ranged.group(1));
      names =
          names.stream()
              .flatMap(name -> numbers.stream().map(number -> name + between + number))
              .limit(MOST + 1)
              .toList();
      end = ranged.end();
    }
    String rest = part.substring(end);
    return names.stream().map(name -> name + rest).toList();
  }

  /** The numbers in ranges such as {@code 01-03,7}, as wide as their first. */
  private static List<String> numbers(String ranges) {
    List<String> numbers = new ArrayList<>();
    for (String range : ranges.split(",")) {
      String[] ends = range.split("-", 2);
      long first = Long.parseLong(ends[0]);
      long last = Long.parseLong(ends[ends.length - 1]);
      String digits = "%0" + ends[0].length() + "d";
      for (long n = first; n <= last && numbers.size() <= MOST; n++) {
        numbers.add(String.format(Locale.ROOT, digits, n));
      }
    }
    return numbers;
  }

  /** The numbers in a list such as {@code 2(x3),1}. */
  private static List<Integer> repeated(String list) {
    List<Integer> numbers = new ArrayList<>();
    for (String part : list.split(",")) {
      Matcher matcher = REPEATED.matcher(part);
      if (!matcher.matches()) {
        throw refused("SLURM_STEP_TASKS_PER_NODE=" + list);
      }
      int times = matcher.group(2) == null ? 1 : Integer.parseInt(matcher.group(2));
      for (int i = 0; i < times && numbers.size() <= MOST; i++) {
        numbers.add(Integer.valueOf(matcher.group(1)));
      }
    }
    return numbers;
  }

  private static long number(Map<String, String> variables, String name) {
    String text = get(variables, name);
    if (!text.matches("\\d{1,10}")) { // Steps that Slurm starts by itself have the last of 32 bits.
      throw refused(name + "=" + text);
    }
    return Long.parseLong(text);
  }

  private static long count(Map<String, String> variables, String name) {
    return variables.containsKey(name) ? number(variables, name) : 0;
  }

  private static String get(Map<String, String> variables, String name) {
    return Optional.ofNullable(variables.get(name))
        .orElseThrow(() -> refused("no variable " + name));
  }

  private static InputException refused(String found) {
    return new InputException(
        "--workers slurm",
        found,
        "the variables that srun sets for each task",
        "start it as srun ./fdistill ..., with a task for each worker");
  }
}
