package io.github.fdistill.imports;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.network.Autoencoder;
import io.github.fdistill.network.LatentUnits;
import io.github.fdistill.network.PipelineParts;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;

/** What a SavedModel's autoencoder makes is known before it stands beside a network. */
class AutoencoderFolderTest {
  @TempDir Path folder;

  @Test
  void anAutoencoderOfOtherImagesOrLatentsIsRefused() throws IOException {
    parts(halves(4, 3, 4), halves(4, 3, 4));
    assertRefused("encode: images [4, 4, 1]", "3 channels", halves(4, 1, 4), halves(4, 1, 4));
    assertRefused("encode: mean [8, 8, 4]", "[4, 4, 4]", halves(8, 3, 4), halves(4, 3, 4));
    assertRefused("encode: mean [4, 4, 2]", "[4, 4, 4]", halves(4, 3, 2), halves(4, 3, 4));
    assertRefused("decode: images [4, 4, 1]", "[4, 4, 3]", halves(4, 3, 4), halves(4, 1, 4));
    assertRefused("decode: latents [8, 8, 4]", "[4, 4, 4]", halves(4, 3, 4), halves(8, 3, 4));
  }

  private static Autoencoder.Config halves(int side, int colours, int channels) {
    LatentUnits units = LatentUnits.of(0, 1);
    Shape latents = Shape.of(side, side, channels);
    return new Autoencoder.Config(latents, colours, List.of(4), 1, 2, false, false, units);
  }

  private void assertRefused(
      String found, String needed, Autoencoder.Config encoder, Autoencoder.Config decoder) {
    InputException refused =
        assertThrows(InputException.class, () -> parts(encoder, decoder), found);
    assertTrue(refused.getMessage().contains(found), refused.getMessage());
    assertTrue(refused.getMessage().contains("needed: "), refused.getMessage());
    assertTrue(refused.getMessage().contains(needed), refused.getMessage());
    assertTrue(refused.getMessage().contains("--autoencoder"), refused.getMessage());
  }

  /** Those of a SavedModel, for latents [4,4,4]. */
  private PipelineParts parts(Autoencoder.Config encoder, Autoencoder.Config decoder)
      throws IOException {
    Path written = Files.createTempDirectory(folder, "autoencoder").resolve("1");
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Autoencoder.encoder(encoder).addTo(builder);
      Autoencoder.decoder(decoder).addTo(builder);
      builder.write(written);
    }
    return AutoencoderFolder.parts(written, Shape.of(4, 4, 4), file -> {}, note -> {});
  }
}
