package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.client.ModelClient;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.imports.Importing;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.run.ImportJob;
import io.github.fdistill.run.Workspace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Options;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** Prompts for a served model of latents. */
class ServedPromptsTest {
  private static final Path SD =
      Path.of("src/test/resources/io/github/fdistill/imports/diffusers/sd").toAbsolutePath();
  private static final Map<String, ModelClient.Input> TAKEN =
      Map.of(
          "seed",
          new ModelClient.Input(DataType.DT_INT64, Shape.of(-1)),
          "context",
          new ModelClient.Input(DataType.DT_FLOAT, Shape.of(-1, 16, 8)));

  @TempDir Path scratch;

  private ConditionRows rows(String... words) throws Exception {
    return rows(TAKEN, words);
  }

  private ConditionRows rows(Map<String, ModelClient.Input> taken, String... words)
      throws Exception {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--prompt", "red apple", "--prompt", "a cat"));
    CommandLine line =
        new DefaultParser().parse(ServedPrompts.addTo(new Options()), all.toArray(String[]::new));
    Workspace workspace = new Workspace(scratch);
    Optional<Path> here = ServedVersion.of(line, workspace).folder();
    return ServedPrompts.rows(line, workspace, here, taken, System.out);
  }

  @Test
  void textsAreEncodedByWhatLiesBesideTheModel() throws Exception {
    Workspace workspace = new Workspace(scratch);
    ImportJob.run(workspace, List.of(), SD.toString(), Importing.Options.NONE, "served");
    ConditionRows rows = rows("served");
    Pipeline pipeline = Pipeline.in(scratch.resolve("savedmodels/served/1")).orElseThrow();
    assertEquals(Set.of("context"), rows.columns().keySet());
    assertArrayEquals(
        ((ConditionRows.Floats)
                pipeline.rows(List.of("red apple", "a cat"), note -> {}).columns().get("context"))
            .values(),
        ((ConditionRows.Floats) rows.columns().get("context")).values(),
        1e-5f);
    Shape wide = Shape.of(-1, 1L << 32, 1L << 32); // Its product is no long.
    ModelClient.Input context = new ModelClient.Input(DataType.DT_FLOAT, wide);
    String told =
        assertThrows(InputException.class, () -> rows(Map.of("context", context), "served"))
            .getMessage();
    assertTrue(told.contains("2 prompts") && told.contains("at most 0 of this model"), told);
  }

  @Test
  void withoutTheModelsFolderTextsAreRefused() {
    String told = assertThrows(InputException.class, () -> rows("elsewhere")).getMessage();
    assertTrue(told.contains("text encoders") && told.contains("savedmodels/elsewhere"), told);
  }

  @Test
  void aTokenizerIsRefusedWhereItWouldHaveNoEffect() {
    String told =
        assertThrows(InputException.class, () -> rows("served", "--tokenizer", "graphs"))
            .getMessage();
    assertTrue(told.contains("--tokenizer") && told.contains("text encoders"), told);
  }
}
