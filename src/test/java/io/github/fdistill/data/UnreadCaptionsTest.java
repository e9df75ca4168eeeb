package io.github.fdistill.data;

import static io.github.fdistill.data.Refusals.refused;

import io.github.fdistill.files.DiskRefusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Captions that a disk or Java's memory stands in the way of. */
class UnreadCaptionsTest {
  @TempDir Path folder;

  /** Images whose captions are what is said here. */
  private record Said(ImageSource source, Supplier<List<String>> said) implements DerivedImages {
    @Override
    public List<String> captions(long index) {
      return said.get();
    }

    @Override
    public String fingerprint() {
      return "";
    }

    @Override
    public String fingerprintWith(Map<String, String> others) {
      return "";
    }
  }

  /** Else the set would be another at each start, and nobody be told. */
  @Test
  void anImageIsNotWithoutACaptionForWhatStandsInItsWay() throws IOException {
    PngFile.write(folder.resolve("a.png"), new Images(new float[1], 1, 1, 1), 0);
    Files.writeString(folder.resolve("a.txt"), "a cat");
    ImageSource images = ImageSources.open(folder, Split.TRAIN);
    ImageSource large = new Said(images, () -> Collections.nCopies(1 << 20, "a".repeat(1 << 20)));
    refused(() -> Captions.of(large), "captions: so many letters", "-Xmx");
    IOException failed = new IOException("Input/output error");
    ImageSource unread =
        new Said(
            images,
            () -> {
              throw DiskRefusal.unreadable(folder.resolve("a.txt"), failed);
            });
    refused(() -> Captions.of(unread), "a.txt: cannot be read: Input/output error");
    Path npy = folder.resolve("packed.npy");
    refused(() -> PackedImages.write(unread, npy, done -> {}), "a.txt: cannot be read");
  }
}
