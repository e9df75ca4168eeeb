package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramTest {
  private static final String HASH = "0123456789abcdef0123456789abcdef01234567";

  @TempDir Path folder;

  private static Manifest manifest(String commit, String changed) {
    Manifest manifest = new Manifest();
    Attributes entries = manifest.getMainAttributes();
    entries.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    entries.put(Attributes.Name.IMPLEMENTATION_VERSION, "3.1");
    entries.putValue("Source-Commit", commit);
    entries.putValue("Source-Changed", changed);
    return manifest;
  }

  @Test
  void aCommitAndWhetherFilesWereChanged() {
    assertEquals(new Program("3.1", HASH), Program.of(manifest(HASH, "false")));
    assertEquals(new Program("3.1", HASH + "-dirty"), Program.of(manifest(HASH, "true")));
  }

  @Test
  void builtWithoutGitTheCommitIsUnknown() {
    assertEquals(new Program("3.1", "unknown"), Program.of(manifest("", "")));
    assertEquals(
        new Program("3.1", "unknown"), Program.of(manifest("${git.commit.id}", "${git.dirty}")));
  }

  @Test
  void classesWithoutAJar() {
    assertEquals(new Program("development", "unknown"), Program.running());
  }

  @Test
  void theJarThatItRunsFrom() throws IOException, ReflectiveOperationException {
    Object[] whole = running(manifest(HASH, "false"));
    assertEquals(new Program("3.1", HASH).toString(), whole[0].toString());
    assertEquals("3.1 (commit " + HASH + ")", whole[1]);
  }

  /** Two that differ are else told alike: each build of changed files, all that are without git. */
  @Test
  void whereTheCommitDoesNotTellItTheJarDoes() throws IOException, ReflectiveOperationException {
    for (Manifest each : List.of(manifest(HASH, "true"), manifest("", ""))) {
      Program program = Program.of(each);
      String told = "3.1 (commit " + program.commit() + ", jar ";
      assertEquals(told + Sha256.of(jar(each)) + ")", running(each)[1]);
    }
  }

  private Path jar(Manifest manifest) throws IOException {
    String entry = Program.class.getName().replace('.', '/') + ".class";
    Path jar = Files.createDirectories(folder.resolve("a folder")).resolve("program.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
        InputStream bytes = Program.class.getResourceAsStream("/" + entry)) {
      JarEntry file = new JarEntry(entry);
      file.setTime(0);
      out.putNextEntry(file);
      bytes.transferTo(out);
    }
    return jar;
  }

  /** The program that runs from a jar, and what it tells of itself. */
  private Object[] running(Manifest manifest) throws IOException, ReflectiveOperationException {
    URL others = Program.class.getProtectionDomain().getCodeSource().getLocation();
    URL[] classPath = {jar(manifest).toUri().toURL(), others};
    try (URLClassLoader loader =
        new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
      Class<?> type = loader.loadClass(Program.class.getName());
      Object running = type.getMethod("running").invoke(null);
      return new Object[] {running, type.getMethod("told").invoke(running)};
    }
  }
}
