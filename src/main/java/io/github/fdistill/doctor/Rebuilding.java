package io.github.fdistill.doctor;

import io.github.fdistill.files.Installation;
import io.github.fdistill.files.ShellWord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How the program is built anew, with other libraries: a checkout builds itself, wherever it is
 * started; a distribution is made where Maven and the sources are.
 *
 * @param home the folder of the launcher; empty where there was none
 */
record Rebuilding(Optional<Path> home) {
  static Rebuilding ofThisProgram() {
    return new Rebuilding(Installation.ofThisProgram().home());
  }

  /**
   * The remedy, its last line for a shell.
   *
   * @param profiles of Maven, such as "gpu"; "" for none
   */
  String with(String profiles) {
    if (home.filter(folder -> Files.exists(folder.resolve("pom.xml"))).isPresent()) {
      String flags = profiles.isEmpty() ? "" : "export FDISTILL_MAVEN_FLAGS=-P" + profiles + "; ";
      return "build it anew:\n"
          + flags
          + ("rm -r " + inHome("target") + "; ")
          + (inHome("fdistill") + " doctor");
    }
    String all = home.isEmpty() ? profiles : ("dist," + profiles).replaceFirst(",$", "");
    return "build it anew on a machine like this one, where fdistill's pom.xml is:\n"
        + (all.isEmpty() ? "mvn package" : "mvn -P" + all + " package");
  }

  private String inHome(String name) {
    return ShellWord.quoted(home.orElseThrow().resolve(name).toString());
  }
}
