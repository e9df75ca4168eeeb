package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
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
    String name = Program.class.getName();
    String entry = name.replace('.', '/') + ".class";
    Path jar = Files.createDirectories(folder.resolve("a folder")).resolve("program.jar");
    try (JarOutputStream out =
            new JarOutputStream(Files.newOutputStream(jar), manifest(HASH, "false"));
        InputStream bytes = Program.class.getResourceAsStream("/" + entry)) {
      out.putNextEntry(new JarEntry(entry));
      bytes.transferTo(out);
    }
    URL[] classPath = {jar.toUri().toURL()};
    try (URLClassLoader loader =
        new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
      Object running = loader.loadClass(name).getMethod("running").invoke(null);
      assertEquals(new Program("3.1", HASH).toString(), running.toString());
    }
  }
}
