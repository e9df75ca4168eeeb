package io.github.fdistill.workers;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.fdistill.InputException;
import io.github.fdistill.files.WholeJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The variable {@code TF_CONFIG}, in which TensorFlow's own programs, Kubeflow's training operator
 * and SageMaker say who the workers are: {@code {"cluster": {"chief": [...], "worker": [...]},
 * "task": {"type": "worker", "index": 0}}}. The chief, where there is one, is the first worker.
 */
public final class TfConfig {
  /** Its name. */
  public static final String NAME = "TF_CONFIG";

  /** In place of the cluster where Kubeflow lets the number of workers change. */
  private static final String SPARSE = "sparseCluster";

  /** In the order of their workers; a master is the older name of a chief. */
  private static final List<String> JOBS = List.of("master", "chief", "worker");

  private static final int MOST_LETTERS = 1 << 20;

  private TfConfig() {}

  /**
   * The team that it names; none where it names no cluster, or one process, whatever its job.
   *
   * @throws InputException when it is none, or names what fdistill has not: parameter servers, or
   *     workers whose number changes
   */
  public static Optional<Team> team(String text) {
    try {
      if (text.length() > MOST_LETTERS) {
        throw refused(text.length() + " letters");
      }
      if (text.isBlank()) {
        return Optional.empty();
      }
      JsonElement all = WholeJson.tree(text);
      if (all.isJsonObject() && all.getAsJsonObject().has(SPARSE)) {
        throw refused(
            "'" + SPARSE + "', which does not name all workers",
            "leave enableDynamicWorker out of the TFJob");
      }
      if (!all.isJsonObject() || !all.getAsJsonObject().has("cluster")) {
        return Optional.empty();
      }
      return team(all.getAsJsonObject());
    } catch (IOException e) {
      throw refused("no JSON, or a key of it twice");
    } catch (IllegalStateException
        | UnsupportedOperationException
        | ClassCastException
        | NumberFormatException e) {
      throw refused("JSON of another form");
    }
  }

  private static Optional<Team> team(JsonObject all) {
    JsonObject cluster = all.getAsJsonObject("cluster");
    JsonObject task = all.getAsJsonObject("task");
    boolean typed = task != null && task.has("type");
    String type = typed ? task.get("type").getAsString() : "";
    int processes = cluster.keySet().stream().mapToInt(job -> addresses(cluster, job).size()).sum();
    boolean inCluster = !typed || !addresses(cluster, type).isEmpty();
    if (processes == 0 || processes == 1 && inCluster) {
      return Optional.empty();
    }
    for (String job : cluster.keySet()) {
      if (!JOBS.contains(job) && !addresses(cluster, job).isEmpty()) {
        throw refused("a cluster with the job '" + job + "'");
      }
    }
    if (typed && !JOBS.contains(type)) {
      throw refused("a task of the type '" + type + "'");
    }
    List<String> addresses = new ArrayList<>();
    int first = 0;
    for (String job : JOBS) {
      first = job.equals(type) ? addresses.size() : first;
      addresses.addAll(addresses(cluster, job));
    }
    if (addresses.size() < 2) {
      return Optional.empty();
    }
    if (!typed || !task.has("index")) {
      throw refused("no task with a type and an index");
    }
    return Optional.of(Team.of(NAME, addresses, first + index(cluster, task, type)));
  }

  /** Which of its job a task is: one beyond would be a worker of another job, or twice the same. */
  private static int index(JsonObject cluster, JsonObject task, String type) {
    String index = task.get("index").getAsString();
    int there = addresses(cluster, type).size();
    if (!index.matches("\\d{1,4}") || Integer.parseInt(index) >= there) {
      throw refused(
          "the index '" + index + "' in the job '" + type + "', of which there are " + there);
    }
    return Integer.parseInt(index);
  }

  private static List<String> addresses(JsonObject cluster, String job) {
    JsonArray array = cluster.getAsJsonArray(job);
    List<String> addresses = new ArrayList<>();
    if (array != null) {
      array.forEach(address -> addresses.add(address.getAsString()));
    }
    return addresses;
  }

  private static InputException refused(String found) {
    return refused(found, "correct it");
  }

  private static InputException refused(String found, String remedy) {
    return new InputException(
        NAME,
        found,
        "{\"cluster\": {\"worker\": [\"HOST:PORT\", ...]}, \"task\": {\"type\": \"worker\","
            + " \"index\": 0}}, with a chief (or master) beside the workers or without; no other jobs"
            + " work",
        remedy + "; or unset it, and say --workers HOST:PORT,... --worker I");
  }
}
