package io.github.fdistill.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.fdistill.network.StudentModel;
import io.github.fdistill.server.TinyStudent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The kit's program for DJL, compiled and run with the class path that the variable FDISTILL_DJL
 * holds; DJL's TensorFlow is where TENSORFLOW_LIBRARY_PATH says.
 */
@Tag("trial")
class DjlTrialTest {
  @TempDir Path folder;

  private String ran(StudentModel student, String name) throws Exception {
    String path = System.getenv("FDISTILL_DJL");
    assumeTrue(path != null, "FDISTILL_DJL holds no class path");
    Path here = Files.createDirectories(folder.resolve(name));
    Path version = Files.createDirectory(here.resolve("1"));
    StudentExport.write(student, ServedForm.PLAIN, version);
    Path source = here.resolve("Predict.java");
    Files.writeString(source, KitTest.code(KitTest.readme(student), "java", "class Predict"));
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-proc:none", "-cp", path, source.toString());
    assertEquals(0, failed, Files.readString(source));
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Path said = here.resolve("said");
    Path complaints = here.resolve("complaints");
    int code =
        new ProcessBuilder(List.of(java, "-cp", path + ":" + here, "Predict", version.toString()))
            .redirectOutput(said.toFile())
            .redirectError(complaints.toFile())
            .start()
            .waitFor();
    assertEquals(0, code, Files.readString(complaints));
    return Files.readString(said, StandardCharsets.UTF_8).strip();
  }

  @Test
  void theProgramForDjlDraws() throws Exception {
    assertEquals("(1, 8, 8, 1)", ran(KitTest.student(3), "classes"));
    assertEquals("(1, 8, 8, 1)", ran(KitTest.student(0), "no-classes"));
    assertEquals("(1, 8, 8, 1)", ran(TinyStudent.ofTexts(1), "texts"));
  }
}
