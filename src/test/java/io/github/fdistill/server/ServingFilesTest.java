package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.journal.LogLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TensorFlow Serving's own files beside a model's versions, as others write them. */
class ServingFilesTest {
  @TempDir Path folder;

  @BeforeEach
  void makeVersions() throws IOException {
    Files.createDirectories(folder.resolve("tiny/1"));
    Files.createDirectories(folder.resolve("tiny/2"));
  }

  private VersionsFolder with(String file, String text) throws IOException {
    Files.writeString(folder.resolve("tiny").resolve(file), text);
    return VersionsFolder.at(folder.resolve("tiny"));
  }

  @Test
  void batchingParametersMayBeLargeAndHaveOtherFields() throws IOException {
    Batching batching =
        with(
                "batching_parameters.pbtxt",
                """
                max_batch_size { value: 32 }
                batch_timeout_micros { value: 500 }
                max_enqueued_batches { value: 1000000 }
                num_batch_threads { value: 4096 }
                enable_large_batch_splitting { value: true }
                mixed_priority_batching_policy: PRIORITY_ISOLATION
                allowed_batch_sizes : 1
                allowed_batch_sizes : 32
                """)
            .batching();
    assertEquals(32, batching.maxRows());
    assertEquals(500, batching.timeoutMicros());
    assertEquals(1_000_000, batching.maxWaiting());
    assertTrue(batching.threads() <= 256, "" + batching.threads());
    assertEquals(32_000_000, batching.oneByOne().maxWaiting());
  }

  /** What another server does by them, this one does not do. */
  @ParameterizedTest
  @ValueSource(strings = {"thread_pool_name { value: \"x\" }", "pad_variable_length_inputs: true"})
  void batchingParametersThatAreNotFollowedAreTold(String field) throws IOException {
    try (LogLines lines = new LogLines()) {
      with("batching_parameters.pbtxt", field).batching();
      assertEquals(1, lines.get().size(), "" + lines.get());
      assertTrue(lines.get().get(0).startsWith("WARN Passed over"), "" + lines.get());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model_type: TENSORFLOW",
        "logging_config { log_collector_config { type: \"x\" filename_prefix: \"/tmp/y\" }"
            + " sampling_config { sampling_rate: 0.5 } }",
      })
  void aModelMayHaveOtherFields(String field) throws IOException {
    VersionsFolder model =
        with(
            "models.config",
            "model_config_list { config { name: \"tiny\" base_path: \"/m\" "
                + field
                + " model_version_policy { specific { versions: 1 } } } }");
    assertEquals(Set.of(1L), model.contents().versions().keySet());
  }

  /** Its number has no sign. */
  @Test
  void asManyVersionsAsThereAreMayBeServed() throws IOException {
    String policy = "model_version_policy { latest { num_versions: 4294967295 } }";
    VersionsFolder model =
        with("models.config", "model_config_list { config { name: \"tiny\" " + policy + " } }");
    assertEquals(Set.of(1L, 2L), model.contents().versions().keySet());
  }

  /** It may be mistyped. */
  @Test
  void whatModelsConfigNamesAndIsNotThereIsToldOnce() throws IOException {
    VersionsFolder model =
        with(
            "models.config",
            "model_config_list { config { name: \"tiny\" version_labels { key: \"canary\" value: 9 }"
                + " model_version_policy { specific { versions: [1, 7] } } } }");
    KeptSettings settings = new KeptSettings(model);
    try (LogLines lines = new LogLines()) {
      assertEquals(Set.of(1L), settings.contents().orElseThrow().versions().keySet());
      settings.contents();
      String told = "names what is not there to be served: [label canary of version 9, version 7]";
      assertEquals(List.of("WARN models.config of " + model.name() + " " + told), warnings(lines));
    }
  }

  private static List<String> warnings(LogLines lines) {
    return lines.get().stream().filter(line -> line.startsWith("WARN")).toList();
  }

  @Test
  void whatIsMalformedIsRefusedAllTheSame() throws IOException {
    VersionsFolder model = with("models.config", "model_config_list { config { name: 3 } }");
    String message = assertThrows(InputException.class, model::contents).getMessage();
    assertTrue(message.contains("models.config:1:"), message);
  }
}
