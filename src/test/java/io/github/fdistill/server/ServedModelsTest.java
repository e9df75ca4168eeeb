package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TString;

/** Which models a server loads. */
class ServedModelsTest {
  @TempDir Path folder;

  @Test
  void studentsAreServed() throws IOException {
    Path version = folder.resolve("tiny/1");
    TinyStudent.write(version, 1);
    assertDoesNotThrow(() -> new Asked(folder.resolve("tiny")).close());
  }

  @Test
  void aModelThatWouldReadAFileIsNotLoaded() throws IOException {
    Path version = Files.createDirectories(folder.resolve("reader/1"));
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Operand<TString> name = tf.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
      builder.signature(
          "serving_default", Map.of("name", name), Map.of("text", tf.io.readFile(name)));
      builder.write(version);
    }
    InputException e =
        assertThrows(InputException.class, () -> new Asked(folder.resolve("reader")));
    assertTrue(e.getMessage().contains("ReadFile"), e.getMessage());
  }

  @Test
  void aSettingsFileIsNoLinkOutOfTheModelsFolder() throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), "user: root");
    for (String file : List.of("models.config", "batching_parameters.pbtxt")) {
      Path model = folder.resolve("linking-" + file);
      Files.createDirectories(model.resolve("1"));
      Files.createSymbolicLink(model.resolve(file), secret);
      InputException e = assertThrows(InputException.class, () -> new Asked(model));
      assertTrue(e.getMessage().contains("a link that leads out"), e.getMessage());
      assertFalse(e.getMessage().contains("root"), e.getMessage());
    }
  }

  /** As another version's: that is where the border of every other file is. */
  @Test
  void aLinkWithinTheModelsFolderIsFollowed() throws Exception {
    Path model = folder.resolve("within");
    TinyStudent.write(model.resolve("1"), 1);
    Path info = model.resolve("1/assets.extra/denoiser.pbtxt");
    Path shared = Files.move(info, model.resolve("shared.pbtxt"));
    Files.createSymbolicLink(info, info.getParent().relativize(shared));
    try (Asked asked = new Asked(model)) {
      String models = asked.get("/page/models").body();
      assertTrue(models.contains("\"classes\":3"), models);
    }
  }

  @Test
  void aLinkOutOfTheModelsFolderIsNotFollowed() throws IOException {
    Path elsewhere = folder.resolve("elsewhere");
    TinyStudent.write(elsewhere, 1);
    Path model = Files.createDirectories(folder.resolve("linked"));
    Files.createSymbolicLink(model.resolve("1"), elsewhere);
    InputException e = assertThrows(InputException.class, () -> new Asked(model));
    assertTrue(e.getMessage().contains("a link that leads out"), e.getMessage());
  }
}
