package io.github.fdistill.run;

import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.journal.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a run's folder holds beside its record, and its reading. */
public final class RunsFiles {
  private RunsFiles() {}

  /** What is done with a file. */
  private interface Reading {
    Object read() throws IOException;
  }

  /** As commands tell of what cannot be read. */
  private static void told(Path file, Reading reading) {
    try {
      reading.read();
    } catch (IOException e) {
      throw DiskRefusal.unreadable(file, e);
    }
  }

  /** What it was begun with. */
  public static void inputs(Path to) throws IOException {
    Files.writeString(to, "teacher " + "0".repeat(64) + "  savedmodels/a\n");
  }

  /** Reads that. */
  public static void readInputs(Path file) {
    told(file, () -> SameRun.inputs(file.getParent()));
  }

  /** What it exported. */
  public static void exported(Path to) throws IOException {
    Files.writeString(to, "40\nsavedmodels/a/1\n");
  }

  /** Reads that. */
  public static void readExported(Path file) {
    told(file, () -> ExportNote.read(file.getParent()));
  }

  /** Two steps. */
  public static void report(Path to) throws IOException {
    Files.writeString(
        to, "{\"step\":1,\"loss\":0.5,\"waited\":0.1}\n{\"step\":2,\"loss\":0.25,\"fid\":3}\n");
    Files.writeString(new RunFiles(to.getParent()).record(), "{\"program\": \"fdistill 1\"}");
  }

  /** Makes a page of them. */
  public static void readReport(Path file) {
    told(file, () -> RunReport.of(Workspace.at(file.getParent()), file.getParent()));
  }
}
