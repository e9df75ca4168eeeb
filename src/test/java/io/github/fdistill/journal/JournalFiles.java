package io.github.fdistill.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tensorflow.proto.Event;

/** What a run notes for itself, and its reading. */
public final class JournalFiles {
  private JournalFiles() {}

  /** Of a checkpoint of one file. */
  public static void manifest(Path to) throws IOException {
    Files.writeString(to.resolveSibling("weights"), "a");
    Files.writeString(to, Manifest.of(4, to.getParent()).text());
  }

  /** Reads it, and looks at the file. */
  public static void readManifest(Path file) throws IOException {
    var manifest = Manifest.read(file.getParent());
    if (manifest.isPresent() && manifest.get().wrongSize(file.getParent()).isEmpty()) {
      manifest.get().wrongContents(file.getParent());
    }
  }

  /** Two events. */
  public static void events(Path to) throws IOException {
    byte[] first =
        Event.newBuilder().setStep(1).setFileVersion("brain.Event:2").build().toByteArray();
    byte[] second = Event.newBuilder().setStep(9).build().toByteArray();
    try (var out = Files.newOutputStream(to)) {
      out.write(TfRecord.of(first));
      out.write(TfRecord.of(second));
    }
  }

  /** Drops the second. */
  public static void readEvents(Path file) throws IOException {
    new EventFiles(file.getParent()).keepBefore(5);
  }
}
