package io.github.fdistill.workers;

import io.github.fdistill.InputException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * How a worker introduces itself to the first.
 *
 * @param version of this program
 * @param workers how many it knows of, and where
 * @param worker which of them it is
 * @param work what it is to do: the command with its settings
 */
record Greeting(String version, String workers, int worker, String work) {
  private static final String BEGIN = "fdistill-worker 1";

  static Greeting of(Team team, String version, String work) {
    return new Greeting(version, team.workers().toString(), team.worker(), work);
  }

  Message message() {
    return Message.of(
        Message.Kind.HELLO,
        String.join("\0", BEGIN, version, workers, Integer.toString(worker), work));
  }

  /** The greeting that a message is; nothing where it comes from something else than a worker. */
  static Optional<Greeting> of(Message message) {
    List<String> parts =
        List.of(new String(message.body(), StandardCharsets.UTF_8).split("\0", -1));
    boolean is =
        message.kind() == Message.Kind.HELLO
            && parts.size() == 5
            && parts.get(0).equals(BEGIN)
            && parts.get(3).matches("\\d{1,4}");
    return is
        ? Optional.of(
            new Greeting(parts.get(1), parts.get(2), Integer.parseInt(parts.get(3)), parts.get(4)))
        : Optional.empty();
  }

  /** Why this one, the first worker's, cannot work with another; nothing where it can. */
  Optional<String> refusal(Greeting other) {
    if (!version.equals(other.version)) {
      return Optional.of("it is fdistill " + other.version + ", and worker 0 is " + version);
    } else if (!workers.equals(other.workers)) {
      return Optional.of("its workers are " + other.workers + ", and worker 0's are " + workers);
    } else if (!work.equals(other.work)) {
      return Optional.of(
          "it was started with other settings than worker 0: " + difference(work, other.work));
    }
    return Optional.empty();
  }

  /** What is told of a worker that reads something else than the first. */
  static InputException otherFiles(String worker, String what, String theirs) {
    return new InputException(
        worker,
        "it reads something else than worker 0: " + difference(what, theirs),
        "the same files on every machine",
        "copy worker 0's there with their times (rsync -a, cp -p), or share the folder; then start"
            + " all again");
  }

  /** The first line that differs. */
  static String difference(String ours, String theirs) {
    List<String> mine = ours.lines().toList();
    List<String> others = theirs.lines().toList();
    for (int i = 0; i < Math.min(mine.size(), others.size()); i++) {
      if (!mine.get(i).equals(others.get(i))) {
        return "'" + others.get(i).strip() + "' where worker 0 has '" + mine.get(i).strip() + "'";
      }
    }
    return others.size() + " lines where worker 0 has " + mine.size();
  }
}
