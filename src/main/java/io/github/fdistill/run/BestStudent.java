package io.github.fdistill.run;

import io.github.fdistill.Logs;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.Measured;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.serving.Expected;
import io.github.fdistill.serving.StudentExport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.logging.log4j.Logger;

/**
 * The student of the lowest FID that a run has had, as a SavedModel whose version is the step. A
 * resumed run may find one of a step that it has yet to come to again.
 *
 * @param folder of the versions, of which there is one
 * @param more what else is to stand in it
 */
public record BestStudent(Path folder, AtomicFolder.Content more) {
  private static final Logger LOG = Logs.of(BestStudent.class);
  private static final String MEASURES = "measures.pbtxt";

  /**
   * A student that may be the best.
   *
   * @param measured with its FID
   */
  record Candidate(long step, StudentModel student, Measured measured) {
    /** Also than one that was measured against other images: their FIDs are not compared. */
    boolean isBetterThan(Measured other) {
      return measured.getReferences() != other.getReferences()
          || measured.getFid() < other.getFid();
    }
  }

  /** What was measured of the one that is there, if there is one. */
  public Optional<Measured> measured() {
    return SavedModel.newestVersion(folder)
        .map(version -> version.resolve("assets.extra").resolve(MEASURES))
        .filter(RegularFile::isThere)
        .map(file -> Configs.read(file, Measured.getDefaultInstance(), List.of()))
        .map(RunMeasurement::withoutDefaults);
  }

  /** Keeps a student in place of the one that is there, if its FID is lower. */
  void offer(Candidate candidate) throws IOException {
    Optional<Measured> present = measured();
    present
        .filter(p -> p.getReferences() != candidate.measured().getReferences())
        .ifPresent(
            p ->
                LOG.info(
                    "The best student was measured against {} images, and now there are {}: the one"
                        + " of step {} takes its place",
                    p.getReferences(),
                    candidate.measured().getReferences(),
                    candidate.step()));
    if (present.isPresent() && !candidate.isBetterThan(present.get())) {
      // A run that was killed may have kept a new one and not yet removed the one before.
      removeOthers(SavedModel.newestVersion(folder).orElseThrow());
      return;
    }
    Path version = folder.resolve(Long.toString(candidate.step()));
    AtomicFolder.delete(version);
    StudentModel student = candidate.student();
    StudentExport.write(
        student,
        version,
        Expected.of(student, SampleGrid.of(student)),
        written -> {
          Path beside = Files.createDirectories(written.resolve("assets.extra"));
          AtomicFile.write(beside.resolve(MEASURES), Configs.printGiven(candidate.measured()));
          more.writeTo(written);
        });
    removeOthers(version);
  }

  private void removeOthers(Path best) throws IOException {
    try (Stream<Path> versions = Files.list(folder)) {
      for (Path version : versions.filter(v -> !v.equals(best)).toList()) {
        AtomicFolder.delete(version);
      }
    }
  }
}
