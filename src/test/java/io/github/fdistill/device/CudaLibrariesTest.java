package io.github.fdistill.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.TensorFlow;

class CudaLibrariesTest {
  private static final String PRELOAD = "org.bytedeco.javacpp.platform.preload";
  private static final String FOLDER = "org.bytedeco.javacpp.platform.preloadresource";

  @Test
  void everyLibraryIsTriedAndTheReasonKept() {
    List<String> tried = new ArrayList<>();
    Map<String, String> unloadable =
        CudaLibraries.unloadable(
            name -> {
              tried.add(name);
              if (name.startsWith("libcudnn")) {
                throw new UnsatisfiedLinkError("libz.so.9: cannot open shared object file");
              }
            });
    assertEquals(CudaLibraries.NEEDED, tried);
    assertEquals(Map.of("libcudnn.so.9", "libz.so.9: cannot open shared object file"), unloadable);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void theSystemsLoaderIsAsked() {
    assertTrue(TensorFlow.version().startsWith("2."));
    CudaLibraries.load("libc.so.6");
    Map<String, String> unloadable =
        CudaLibraries.unloadable(name -> CudaLibraries.load("no" + name));
    assertEquals(CudaLibraries.NEEDED.size(), unloadable.size());
    assertTrue(
        unloadable.get(CudaLibraries.DRIVER).contains("nolibcuda.so.1"), unloadable::toString);
  }

  @Test
  void withoutThemOnTheClassPathJavaCppIsLeftAlone() {
    assertFalse(CudaLibraries.onClassPath());
    CudaLibraries.takeFromClassPath();
    assertNull(System.getProperty(PRELOAD));
  }

  /** The class path of the profile {@code cuda}, as far as this class sees it. */
  @Test
  void onTheClassPathEveryLibraryIsNamedToJavaCpp(@TempDir Path folder)
      throws IOException, ReflectiveOperationException {
    String name = CudaLibraries.class.getName();
    String file = name.replace('.', '/') + ".class";
    for (String path : List.of(file, "org/bytedeco/cuda/linux-x86_64/libcudart.so.12")) {
      Files.createDirectories(folder.resolve(path).getParent());
    }
    Files.createFile(folder.resolve("org/bytedeco/cuda/linux-x86_64/libcudart.so.12"));
    try (InputStream bytes = CudaLibraries.class.getResourceAsStream("/" + file)) {
      Files.copy(bytes, folder.resolve(file));
    }
    URL[] classPath = {folder.toUri().toURL()};
    try (URLClassLoader loader =
        new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
      Method take = loader.loadClass(name).getDeclaredMethod("takeFromClassPath");
      take.setAccessible(true);
      take.invoke(null);
      List<String> named =
          Stream.of(System.getProperty(PRELOAD).split(":"))
              .map(library -> "lib" + library.replace("@", ".so"))
              .toList();
      List<String> needed = new ArrayList<>(CudaLibraries.NEEDED);
      needed.remove(CudaLibraries.DRIVER);
      assertTrue(named.containsAll(needed), named::toString);
      assertEquals("/org/bytedeco/cuda/", System.getProperty(FOLDER));
    } finally {
      System.clearProperty(PRELOAD);
      System.clearProperty(FOLDER);
    }
  }
}
