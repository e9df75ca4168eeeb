package io.github.fdistill.journal;

import io.github.fdistill.files.Folders;
import io.github.fdistill.files.RegularFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What stands where in the folder of a run, {@code runs/NAME}.
 *
 * @param folder of the run
 */
public record RunFiles(Path folder) {
  /** The settings, as text protobuf. */
  public static final String CONFIG = "config.pbtxt";

  /** The network that is pretrained, as text protobuf. */
  public static final String NETWORK = "network.pbtxt";

  /** What ran: {@link RunRecord}. Each model that a run has made has one of this name too. */
  public static final String RECORD = "record.json";

  private static final Pattern PICTURE = Pattern.compile("step-(\\d{1,18})\\.png");

  /**
   * Where a model's version, or what is exported with it, has the record of the run that made it.
   */
  public static Path recordOf(Path version) {
    return version.resolve("assets.extra").resolve(RECORD);
  }

  /** {@link #CONFIG}. */
  public Path config() {
    return folder.resolve(CONFIG);
  }

  /** {@link #RECORD}. */
  public Path record() {
    return folder.resolve(RECORD);
  }

  /** What the run reads, a line each: role, SHA-256, path. */
  public Path inputs() {
    return folder.resolve("inputs");
  }

  /** Images of the dataset that ended a session, for they could not be read: name and SHA-256. */
  public Path unreadImages() {
    return folder.resolve("unread-images");
  }

  /** The numbers of its steps: {@link MetricsLog}. */
  public Path metrics() {
    return folder.resolve("metrics.jsonl");
  }

  /**
   * Where the same stands for TensorBoard, with pictures and histograms: in the run's folder
   * itself, whose name is then the run's there too. A run that was begun with a folder {@code
   * events} for it goes on in that.
   */
  public Path events() {
    Path apart = folder.resolve("events");
    return Files.isDirectory(apart) ? apart : folder;
  }

  /** A folder: {@link Checkpoints}. */
  public Path checkpoints() {
    return folder.resolve("checkpoints");
  }

  /** Whether the run has saved anything, its state or its model; else it begins anew. */
  public boolean hasSaved() {
    return Folders.isThere(checkpoints()) || RegularFile.isThere(exported());
  }

  /** The step whose model was exported, and in the next line where. */
  public Path exported() {
    return folder.resolve("exported");
  }

  /** The student of the lowest FID, a SavedModel. */
  public Path best() {
    return folder.resolve("best");
  }

  /** The teacher as a SavedModel, where it was a description. */
  public Path teacher() {
    return folder.resolve("teacher");
  }

  /** What was measured of what came of the run, as text protobuf. */
  public Path measures() {
    return folder.resolve("measures.pbtxt");
  }

  /** The folder of the pictures on the way. */
  public Path pictures() {
    return folder.resolve("pictures");
  }

  /** A picture on the way, in {@link #pictures}. */
  public static String picture(long step) {
    return String.format(Locale.ROOT, "step-%08d.png", step);
  }

  /** The step of a picture on the way; nothing of another file. */
  public static OptionalLong stepOf(String picture) {
    Matcher name = PICTURE.matcher(picture);
    return name.matches() ? OptionalLong.of(Long.parseLong(name.group(1))) : OptionalLong.empty();
  }

  /**
   * Removes the pictures on the way that were drawn after more steps than a run has made: it was
   * killed or has gone back, and comes to others.
   */
  static void deletePicturesAfter(long steps, Path pictures) throws IOException {
    if (!Files.isDirectory(pictures)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> inside = Files.list(pictures)) {
      all = inside.toList();
    }
    for (Path picture : all) {
      if (stepOf(picture.getFileName().toString()).orElse(0) > steps) {
        Files.delete(picture);
      }
    }
  }

  /** The student beside its teacher, at the end of a distillation. */
  public Path studentAndTeacher() {
    return folder.resolve("student-and-teacher.png");
  }

  /** Samples, at the end of pretraining. */
  public Path samples() {
    return folder.resolve("samples.png");
  }
}
