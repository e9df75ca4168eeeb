package io.github.fdistill.journal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.tensorflow.proto.Event;

/** Reads a folder of events as TensorBoard does: file after file, each record with its checks. */
public final class ReadEvents {
  private ReadEvents() {}

  /**
   * What there is to see, without the times.
   *
   * @throws AssertionError if a file does not end with its last whole record
   */
  public static List<Event> shown(Path folder) throws IOException {
    List<Event> shown = new ArrayList<>();
    for (Path file : files(folder)) {
      List<Event> events = events(file);
      requireWhole(file, events);
      for (Event event : events) {
        if (event.hasSummary()) {
          shown.add(event.toBuilder().clearWallTime().build());
        }
      }
    }
    return shown;
  }

  /** The step that the last session began with, which may have been killed since. */
  public static long lastSession(Path folder) throws IOException {
    List<Path> files = files(folder);
    return events(files.get(files.size() - 1)).stream()
        .filter(Event::hasSessionLog)
        .findFirst()
        .orElseThrow()
        .getStep();
  }

  private static void requireWhole(Path file, List<Event> events) throws IOException {
    long length = 0;
    for (Event event : events) {
      length += TfRecord.of(event.toByteArray()).length;
    }
    if (length != Files.size(file)) {
      throw new AssertionError(file + " is whole up to byte " + length + " only");
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> inside = Files.list(folder)) {
      return inside
          .filter(file -> file.getFileName().toString().startsWith("events.out."))
          .sorted()
          .toList();
    }
  }

  private static List<Event> events(Path file) throws IOException {
    List<Event> events = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      Optional<byte[]> data = TfRecord.read(in);
      while (data.isPresent()) {
        events.add(Event.parseFrom(data.get()));
        data = TfRecord.read(in);
      }
    }
    return events;
  }
}
