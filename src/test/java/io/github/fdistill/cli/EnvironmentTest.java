package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings of TensorFlow in the environment: its pool of memory, and how much it says. */
class EnvironmentTest {
  @TempDir Path folder;

  /** The program, in a folder. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      List<String> words = List.of(args).subList(1, args.length);
      System.exit(Main.run(words, new Workspace(Path.of(args[0])), System.out, System.err));
    }
  }

  @Test
  void theLauncherHidesWhatTensorFlowSaysOfItselfAndNothingElse() throws IOException {
    String launcher = Files.readString(Path.of("fdistill"));
    Matcher parts = Pattern.compile("(?m)^chatter\\+?='(.*)'$").matcher(launcher);
    Pattern chatter =
        Pattern.compile(parts.results().map(part -> part.group(1)).collect(Collectors.joining()));
    String head = "I0000 00:00:1796058332.707684   18660 ";
    for (String line :
        List.of(
            head + "grpc_server_lib.cc:464] Started server with target: grpc://127.0.0.1:2222",
            head + "mlir_graph_optimization_pass.cc:401] MLIR V1 optimization pass is not enabled",
            "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR")) {
      assertTrue(chatter.matcher(line).find(), line);
    }
    for (String line :
        List.of("Started server with target", head + "grpc_server_lib.cc:99] Lost")) {
      assertFalse(chatter.matcher(line).find(), line);
    }
  }

  /** TensorFlow Java reads no empty tensor that lies in the pool: a training makes none. */
  @Test
  @Tag("trial")
  void aTrainingInThePoolIsTheSameAndTensorFlowIsQuiet() throws Exception {
    Workplace place = Workplace.withUnet(folder);
    for (String said : List.of("true", "false")) {
      Map<String, String> with =
          Map.of("TF_CPU_ALLOCATOR_USE_BFC", said, "TF_CPP_MIN_LOG_LEVEL", "");
      Object[] words = {
        place.root(),
        "pretrain",
        "--config",
        "teacher/pretrain.pbtxt",
        "--quiet",
        "--name",
        "memory-" + said
      };
      try (ChildJvm child = ChildJvm.start(with, Program.class, words)) {
        String told = child.rest();
        child.assertExitCode(0);
        assertFalse(told.contains("oneDNN custom operations"), told);
      }
    }
    String weights = "/1/variables/variables.data-00000-of-00001";
    assertArrayEquals(
        Files.readAllBytes(place.path("savedmodels/memory-true" + weights)),
        Files.readAllBytes(place.path("savedmodels/memory-false" + weights)));
  }
}
