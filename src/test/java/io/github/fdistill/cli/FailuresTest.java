package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailuresTest {

  /** As Java says it where TensorFlow's libraries were put into a folder mounted noexec. */
  @Test
  void librariesThatDoNotLoadAreToldWithTheirReasonAndTheFolderToChoose() {
    Error first =
        new ExceptionInInitializerError(
            "Exception java.lang.UnsatisfiedLinkError: /mnt/ne/libtensorflow_cc.so.2: failed to map"
                + " segment from shared object [in thread \"libraries\"]");
    Error seen = new NoClassDefFoundError("Could not initialize class org.tensorflow.TensorFlow");
    seen.initCause(first);
    for (Throwable thrown : new Throwable[] {seen, first}) {
      InputException told = Failures.of(thrown);
      String said = told.getMessage();
      assertEquals(
          "TensorFlow: its native libraries do not load: /mnt/ne/libtensorflow_cc.so.2: failed to"
              + " map segment from shared object",
          said.lines().findFirst().orElseThrow());
      assertTrue(said.contains("./fdistill doctor says what is missing"), said);
      assertTrue(said.contains("FDISTILL_JAVA_FLAGS=-Dorg.bytedeco.javacpp.cachedir=FOLDER"), said);
      assertFalse(said.contains("Error"), said);
    }
  }

  /** As Java itself says it, and where compiled code met it. */
  @Test
  void aFileThatBecameShorterWhileItWasReadIsNoFaultOfThisProgram() {
    for (String of : List.of("an", "a recent")) {
      Error thrown =
          new InternalError("a fault occurred in " + of + " unsafe memory access operation");
      String said = Failures.of(thrown).getMessage();
      assertTrue(said.startsWith("a file that is read: shorter than when it was opened"), said);
    }
    String other = Failures.of(new InternalError("another")).getMessage();
    assertTrue(other.startsWith("this program: "), other);
  }
}
