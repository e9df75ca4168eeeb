package io.github.fdistill.run;

import io.github.fdistill.imports.Importing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Models that several tests of a class take, imported when the first of them asks. */
record ImportedOnce(Path place) {
  private static final Path SOURCES =
      Path.of("src/test/resources/io/github/fdistill/imports/diffusers");

  /** The version of the model that a folder of diffusers' becomes. */
  Path version(String name) throws IOException {
    Path version = place.resolve("savedmodels/" + name + "/1");
    if (!Files.exists(version)) {
      String source = SOURCES.resolve(name).toAbsolutePath().toString();
      ImportJob.run(new Workspace(place), List.of(), source, Importing.Options.NONE, name);
    }
    return version;
  }
}
