package io.github.fdistill.serving;

import io.github.fdistill.data.ClassesFile;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.network.Classifier;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes a classifier as a SavedModel with the signature
 *
 * <pre>
 *   features  images [N,H,W,C] uint8  ->  features [N,d] float32, logits [N,K] float32
 * </pre>
 */
public final class ClassifierExport {
  private ClassifierExport() {}

  /**
   * Writes the classifier into a version folder that is not there yet: whole, or not at all.
   *
   * @param classNames beside it as {@code assets.extra/classes.txt}; may be none
   * @param more looks at what was written, and puts there what else is to stand beside it
   */
  public static void write(
      Classifier classifier, List<String> classNames, Path version, AtomicFolder.Content more)
      throws IOException {
    AtomicFolder.write(
        version,
        folder -> {
          try (SavedModelBuilder builder = new SavedModelBuilder()) {
            classifier.addTo(builder);
            builder.write(folder);
          }
          if (!classNames.isEmpty()) {
            ClassesFile.write(folder.resolve("assets.extra").resolve(ClassesFile.NAME), classNames);
          }
          more.writeTo(folder);
        });
  }
}
