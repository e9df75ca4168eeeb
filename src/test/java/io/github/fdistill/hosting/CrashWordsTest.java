package io.github.fdistill.hosting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.journal.LogLines;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How the end of a process is told, and what cannot be loaded. */
class CrashWordsTest {
  private static String of(int exitCode, String... lines) {
    return Crash.of(exitCode, List.of(lines)).getMessage();
  }

  @Test
  void signalsHaveNames() {
    assertEquals("SIGSEGV", of(139));
    assertEquals("SIGKILL", of(137));
    assertEquals("exit code 3", of(3));
  }

  @Test
  void javasLastWordsAreMadeShort() {
    assertEquals(
        "SIGILL in dnnl::primitive_desc",
        of(
            1,
            "#",
            "#  SIGILL (0x4) at pc=0x00007f, pid=1, tid=2",
            "# Problematic frame:",
            "# C  [libtensorflow_cc.so.2+0x1234]  dnnl::primitive_desc(dnnl::engine const&)+0x1"));
  }

  @Test
  void whatTensorFlowChecksItself() {
    String line = "F0000 00:00:17 1 tensor.cc:9] Check failed: 1 == NumElements() (1 vs. 2)";
    assertEquals("SIGABRT, Check failed: 1 == NumElements() (1 vs. 2)", of(134, line));
  }

  /** Java says no more of a file that is gone than its name. */
  @Test
  void aVersionThatIsGoneIsNamedOnce() {
    Path version = Path.of("m/7");
    assertEquals(
        "m/7: it is gone, was moved or removed",
        NotLoaded.because(version, new NoSuchFileException("m/7")).getMessage());
    IOException denied = new AccessDeniedException("m/7/a");
    for (Exception error : List.of(denied, new UncheckedIOException(denied))) {
      String told = NotLoaded.because(version, error).getMessage();
      assertTrue(told.startsWith("m/7/a: cannot be read: permission denied"), told);
      String remedy = NotLoaded.remedy(told);
      assertTrue(remedy.startsWith("mend its permissions"), remedy);
    }
  }

  @Test
  void whatTensorFlowSaysOfItselfIsNotLogged() {
    ProcessWords words = new ProcessWords("m-1", InputStream.nullInputStream());
    try (LogLines log = new LogLines()) {
      words.add("WARNING: All log messages before absl::InitializeLog() is called are written");
      words.add("I0000 00:00 1 pass.cc:401] MLIR V1 optimization pass is not enabled");
      words.add("W0000 00:00 1 op.cc:1] something else");
      assertEquals(List.of("m-1: W0000 00:00 1 op.cc:1] something else"), log.get());
    }
  }
}
