package io.github.fdistill.journal;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.logging.log4j.Logger;

/**
 * The checkpoints of a run, one folder {@code step-00001234} each. Each carries a {@link Manifest};
 * one that does not match it is never resumed from.
 */
public final class Checkpoints {
  private static final Logger LOG = Logs.of(Checkpoints.class);
  private static final Pattern NAME = Pattern.compile("step-(\\d{8,18})");

  /** Where Python's tf.train.latest_checkpoint looks. */
  private static final String LIST = "checkpoint";

  /** What the name of a checkpoint's index ends in; what comes before is the checkpoint's. */
  private static final String INDEX = ".index";

  private final Path folder;
  private final int keep;
  private final long keepEvery;
  private final Needed needed;

  /** Which of a run's checkpoints it may need beside the newest. */
  @FunctionalInterface
  public interface Needed {
    /**
     * Whether it may need that of a step.
     *
     * @param saved the step that it has come to
     */
    boolean isNeeded(long step, long saved);
  }

  /**
   * @param folder where they lie; created by the first {@link #save}
   * @param keep how many of the newest to keep, at least 1
   * @param keepEvery those of its multiples are kept too; 0: of none
   */
  public Checkpoints(Path folder, int keep, long keepEvery) {
    this(folder, keep, keepEvery, (step, saved) -> false);
  }

  private Checkpoints(Path folder, int keep, long keepEvery, Needed needed) {
    if (keep < 1 || keepEvery < 0) {
      throw new IllegalArgumentException("keep " + keep + " and every " + keepEvery + "th");
    }
    this.folder = folder;
    this.keep = keep;
    this.keepEvery = keepEvery;
    this.needed = needed;
  }

  /** Keeps the newest, of whatever steps they are. */
  public Checkpoints(Path folder, int keep) {
    this(folder, keep, 0);
  }

  /** Those that lie in a folder, if any do, to be read. */
  public static Checkpoints toRead(Path folder) {
    return new Checkpoints(folder, 1);
  }

  /** The same, of which those are kept too that a run may need. */
  public Checkpoints keeping(Needed those) {
    return new Checkpoints(folder, keep, keepEvery, those);
  }

  /** Where they lie. */
  public Path folder() {
    return folder;
  }

  /**
   * Saves a checkpoint, then removes those older than the newest {@code keep}. Where a whole one of
   * this step stands already, it is left as it is: the same run got there before.
   *
   * @param step training steps done, at least 0
   * @param content puts the checkpoint's files into the folder it is given
   * @throws IOException what the disk or {@code content} threw; the others are then untouched
   */
  public void save(long step, AtomicFolder.Content content) throws IOException {
    Path target = folder.resolve(String.format(Locale.ROOT, "step-%08d", step));
    if (Files.exists(target) && damage(step, target).isPresent()) {
      AtomicFolder.delete(target);
    }
    if (!Files.exists(target)) {
      AtomicFolder.write(
          target,
          inside -> {
            content.writeTo(inside);
            AtomicFile.write(inside.resolve(Manifest.FILE), Manifest.of(step, inside).text());
          });
    }
    removeOld(step);
    list();
  }

  /**
   * Writes the file {@code checkpoint}, by which TensorFlow's programs find the newest one and
   * those before it.
   */
  private void list() throws IOException {
    StringBuilder all = new StringBuilder();
    String newest = "";
    for (Checkpoint checkpoint : newestFirst()) {
      Optional<String> prefix = prefix(checkpoint);
      if (prefix.isPresent()) {
        String path = "model_checkpoint_path%s: \"" + prefix.get() + "\"\n";
        newest = newest.isEmpty() ? String.format(path, "") : newest;
        all.insert(0, "all_" + String.format(path, "s"));
      }
    }
    if (newest.isEmpty()) {
      Files.deleteIfExists(folder.resolve(LIST));
    } else {
      AtomicFile.write(folder.resolve(LIST), newest + all);
    }
  }

  /** Such as {@code step-00001234/state}; none where it holds no tensors of TensorFlow's. */
  private static Optional<String> prefix(Checkpoint checkpoint) throws IOException {
    try (Stream<Path> inside = Files.list(checkpoint.folder())) {
      return inside
          .map(path -> path.getFileName().toString())
          .filter(name -> name.endsWith(INDEX))
          .sorted()
          .findFirst()
          .map(name -> checkpoint.folder().getFileName() + "/" + name.replace(INDEX, ""));
    }
  }

  /** Whether there is none, whole or not. */
  public boolean isEmpty() throws IOException {
    return newestFirst().isEmpty();
  }

  /**
   * The newest whole checkpoint, after reading and hashing every file of it, once in a process;
   * none in a run that has saved nothing yet. Damaged ones are passed over with a warning that
   * names the file.
   *
   * @throws InputException if there are checkpoints but none is whole
   */
  public Optional<Checkpoint> latest() throws IOException {
    return latest(step -> true);
  }

  /**
   * The step of the newest whole checkpoint; 0 where there is none at all.
   *
   * @throws InputException if there are checkpoints but none is whole
   */
  public long lastStep() throws IOException {
    return latest().map(Checkpoint::step).orElse(0L);
  }

  /**
   * The newest whole checkpoint of those of some steps.
   *
   * @throws InputException if there are such checkpoints but none is whole
   */
  public Optional<Checkpoint> latest(LongPredicate steps) throws IOException {
    List<Checkpoint> found = newestFirst().stream().filter(c -> steps.test(c.step())).toList();
    for (Checkpoint checkpoint : found) {
      Optional<String> damage = damage(checkpoint.step(), checkpoint.folder());
      if (damage.isEmpty()) {
        return Optional.of(checkpoint);
      }
      LOG.warn("Checkpoint {} is damaged and passed over: {}", checkpoint.folder(), damage.get());
    }
    if (!found.isEmpty()) {
      throw new InputException(
          folder.toString(),
          "every checkpoint there is damaged (" + found.size() + ")",
          "one that is whole, to go on from",
          "put back a copy of one, or move this folder away to start again from step 0");
    }
    return Optional.empty();
  }

  /** Removes the checkpoints of later steps: a run that goes back will come to others. */
  public void removeAfter(long step) throws IOException {
    for (Checkpoint checkpoint : newestFirst()) {
      if (checkpoint.step() > step) {
        AtomicFolder.delete(checkpoint.folder());
      }
    }
    if (Files.isDirectory(folder)) {
      list();
    }
  }

  /** What is wrong with a checkpoint; empty where it is whole. */
  private static Optional<String> damage(long step, Path checkpoint) {
    try {
      Optional<Manifest> manifest = Manifest.read(checkpoint);
      if (manifest.isEmpty()) {
        return Optional.of(Manifest.FILE + " is missing or garbled");
      }
      if (manifest.get().step() != step) {
        return Optional.of(Manifest.FILE + " is that of step " + manifest.get().step());
      }
      Optional<String> wrongSize = manifest.get().wrongSize(checkpoint);
      return wrongSize.isPresent() ? wrongSize : wrongContents(manifest.get(), checkpoint);
    } catch (IOException e) {
      return Optional.of("a file cannot be read (" + DiskRefusal.reason(e) + ")");
    }
  }

  /** Hashes the files, but for those of a checkpoint that it has hashed before. */
  private static Optional<String> wrongContents(Manifest manifest, Path checkpoint)
      throws IOException {
    WholeFolders.Look look = WholeFolders.look(checkpoint, manifest);
    if (WholeFolders.has(checkpoint, look)) {
      return Optional.empty();
    }
    Optional<String> wrong = manifest.wrongContents(checkpoint);
    if (wrong.isEmpty()) {
      WholeFolders.add(checkpoint, look);
    }
    return wrong;
  }

  /** Those with the right name, whole or not. */
  private List<Checkpoint> newestFirst() throws IOException {
    List<Checkpoint> found = new ArrayList<>();
    if (Folders.isThere(folder)) {
      try (Stream<Path> inside = Files.list(folder)) {
        for (Path path : inside.toList()) {
          Matcher name = NAME.matcher(path.getFileName().toString());
          if (name.matches()) {
            found.add(new Checkpoint(Long.parseLong(name.group(1)), path));
          }
        }
      }
    }
    found.sort(Comparator.comparingLong(Checkpoint::step).reversed());
    return found;
  }

  /**
   * Removes what is older than the {@code keep} newest up to {@code saved}, but for multiples of
   * {@code keepEvery} and what is needed. One with a file missing or cut short does not count, so
   * that those kept can be resumed from; later ones, damaged or this run would not be here, stay
   * until it comes to them.
   */
  private void removeOld(long saved) throws IOException {
    int kept = 0;
    for (Checkpoint checkpoint : newestFirst()) {
      if (checkpoint.step() > saved) {
        continue;
      }
      if (kept == keep) {
        boolean multiple = keepEvery > 0 && checkpoint.step() % keepEvery == 0;
        if (!multiple && !needed.isNeeded(checkpoint.step(), saved)) {
          AtomicFolder.delete(checkpoint.folder());
        }
      } else if (hasEveryFile(checkpoint)) {
        kept++;
      }
    }
  }

  private static boolean hasEveryFile(Checkpoint checkpoint) throws IOException {
    Optional<Manifest> manifest = Manifest.read(checkpoint.folder());
    return manifest.isPresent() && manifest.get().wrongSize(checkpoint.folder()).isEmpty();
  }
}
