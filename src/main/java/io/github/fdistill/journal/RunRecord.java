package io.github.fdistill.journal;

import io.github.fdistill.device.Natives;
import io.github.fdistill.device.OneDnn;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.RegularFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * What ran: enough to run it again and compare. It starts with what the program knows of itself
 * (program, commit, TensorFlow, command line, start time, JVM, system, processor); the run puts the
 * rest (config, seed, hashes, losses, time of ending) and writes it as JSON at its start, with each
 * checkpoint and at its end.
 */
public final class RunRecord {
  /** Whether TensorFlow took that library: it rounds otherwise. */
  static final String ONEDNN = "onednn";

  static final String RUN = "run";
  static final String STARTED = "started";
  static final String BEGUN = "begun";
  static final String EARLIER = "earlier_sessions";
  static final String STEPS_PLANNED = "steps_planned";
  static final String SAVED_EVERY = "checkpoint_every_steps";
  static final String PARTS = "accumulation_steps";
  private static final String ENDED = "ended";
  private static final String ELAPSED = "elapsed_seconds";

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private final Map<String, Object> entries = new LinkedHashMap<>();
  private final long startNanos = System.nanoTime();
  private final double earlierSeconds;

  private RunRecord(double earlierSeconds) {
    this.earlierSeconds = earlierSeconds;
  }

  /**
   * Starts a record, and its clock.
   *
   * @param commandLine the words of the command, as the user gave them
   */
  public static RunRecord start(List<String> commandLine) {
    return start(commandLine, 0);
  }

  /** Starts the record of the first session of a run, which gets a name: {@link #run}. */
  public static RunRecord begin(List<String> commandLine) {
    return of(commandLine, Optional.empty());
  }

  /**
   * Starts the record of a session of a run. Its time counts on from that of earlier sessions, what
   * they computed with and on stays told, and it is known by the same name, {@link #run}.
   *
   * @param earlier the record that the last of them wrote; there need be none
   * @throws io.github.fdistill.InputException when that is no record
   */
  public static RunRecord resume(List<String> commandLine, Path earlier) {
    return of(
        commandLine,
        RegularFile.isThere(earlier) ? Optional.of(RecordFile.read(earlier)) : Optional.empty());
  }

  private static RunRecord of(List<String> commandLine, Optional<RecordFile> before) {
    RunRecord record = start(commandLine, before.flatMap(r -> r.number(ELAPSED)).orElse(0.0));
    record.put(RUN, before.flatMap(RecordFile::run).orElseGet(() -> UUID.randomUUID().toString()));
    record.put(STEPS_PLANNED, before.map(RecordFile::stepsPlanned).orElse(List.of()));
    record.put(SAVED_EVERY, before.map(RecordFile::savedEvery).orElse(List.of()));
    record.put(PARTS, before.map(RecordFile::parts).orElse(List.of()));
    before.flatMap(RecordFile::begun).ifPresent(first -> record.put(BEGUN, first));
    before
        .map(r -> r.circumstances().stream().map(Circumstances::entries).toList())
        .ifPresent(earlier -> record.put(EARLIER, earlier));
    return record;
  }

  private static RunRecord start(List<String> commandLine, double earlierSeconds) {
    RunRecord record = new RunRecord(earlierSeconds);
    Program program = Program.running();
    record.put("program", "fdistill " + program.version());
    record.put("commit", program.commit());
    record.put("tensorflow", Natives.version());
    record.put("command_line", List.copyOf(commandLine));
    record.put(STARTED, now());
    record.put("jvm", property("java.vm.name") + " " + property("java.vm.version"));
    record.put("system", property("os.name") + " " + property("os.version"));
    record.put("architecture", property("os.arch"));
    record.put("processor", processor());
    record.put("processors", Runtime.getRuntime().availableProcessors());
    OneDnn.isTaken().ifPresent(taken -> record.put(ONEDNN, taken ? "yes" : "no"));
    return record;
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** Notes that the session ends now; of several times the last counts. */
  public RunRecord end() {
    return put(ENDED, now());
  }

  /** Takes back that the session has ended: it goes on to other steps. */
  public RunRecord goOn() {
    entries.remove(ENDED);
    return this;
  }

  /** What tells this run from every other: the same in all its sessions. */
  public String run() {
    return (String) entries.get(RUN);
  }

  /** Notes how many steps the run is to have, after how many it was to have in earlier sessions. */
  public void plan(long steps) {
    add(STEPS_PLANNED, steps);
  }

  /** Notes how many steps lie between checkpoints, after how many did in earlier sessions. */
  public void saveEvery(long steps) {
    add(SAVED_EVERY, steps);
  }

  /** Notes in how many parts a batch is computed, after in how many it was in earlier sessions. */
  public void computeInParts(long parts) {
    add(PARTS, parts);
  }

  private void add(String list, long number) {
    List<Object> all = new ArrayList<>((List<?>) entries.get(list));
    if (all.isEmpty() || !all.get(all.size() - 1).equals(number)) {
      all.add(number);
    }
    put(list, all);
  }

  /**
   * Adds an entry at the end, or replaces the one of that name where it stands.
   *
   * @param value a string, number, boolean or null, or a list or map of such values
   * @throws IllegalArgumentException if it holds anything else
   */
  public RunRecord put(String name, Object value) {
    Json.line(Collections.singletonMap(name, value));
    entries.put(name, value);
    return this;
  }

  /**
   * JSON, one entry a line, in the order they were put; last, the seconds since the start, those of
   * earlier sessions included.
   */
  public String toJson() {
    Map<String, Object> all = new LinkedHashMap<>(entries);
    all.put(ELAPSED, Math.round(seconds() * 1e3) / 1e3);
    return Json.pretty(all);
  }

  /** Seconds since the start, those of earlier sessions included. */
  public double seconds() {
    return earlierSeconds + (System.nanoTime() - startNanos) / 1e9;
  }

  /** Writes {@link #toJson} to {@code file}, replacing it in one step. */
  public void write(Path file) throws IOException {
    AtomicFile.write(file, toJson());
  }

  private static String property(String name) {
    return System.getProperty(name);
  }

  /** The processor's name as Linux knows it; null where it does not say. */
  private static String processor() {
    if (!Files.isReadable(CPU_INFO)) {
      return null;
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      return null;
    }
  }
}
