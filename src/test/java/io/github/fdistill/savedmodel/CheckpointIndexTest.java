package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.SavedKey;
import io.github.fdistill.savedmodel.TensorBundleProto.BundleDim;
import io.github.fdistill.savedmodel.TensorBundleProto.BundleEntry;
import io.github.fdistill.savedmodel.TensorBundleProto.BundleHeader;
import io.github.fdistill.savedmodel.TensorBundleProto.BundleShape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** The index says what TensorFlow wrote, and no more than the data files hold. */
class CheckpointIndexTest {
  private static final BundleHeader HEADER = BundleHeader.newBuilder().setNumShards(1).build();

  @TempDir Path folder;

  @Test
  void itListsWhatTensorFlowWrote() throws IOException {
    Files.createDirectories(folder.resolve("variables"));
    Map<String, Bundles.Entry> entries = new LinkedHashMap<>();
    for (int i = 0;
        i < 500;
        i++) { // More than one block of 4 KiB, keys that share their beginning.
      Shape shape = Shape.of(1 + i % 7, 3);
      String name = String.format("block_%03d/convolution/kernel", i);
      entries.put(name, new Bundles.Entry(shape, new float[(int) shape.size()]));
    }
    Bundles.write(folder.resolve("variables/variables"), entries);
    Map<String, CheckpointIndex.Stored> found = CheckpointIndex.read(folder).tensors();
    assertEquals(entries.keySet(), found.keySet());
    entries.forEach(
        (name, entry) -> {
          assertEquals(DataType.DT_FLOAT, found.get(name).type());
          assertEquals(entry.shape(), found.get(name).shape());
          assertEquals(4 * entry.shape().size(), found.get(name).bytes());
        });
  }

  /** A thread may be interrupted, as of a job that is cancelled, while it reads a sound model. */
  @Test
  void whatStandsInTheWayIsNoDamage() throws IOException {
    Toy.write(folder);
    SavedModel model = SavedModel.read(folder);
    StoredWeights weights = StoredWeights.of(model, model.function("run").parameters());
    Thread.currentThread().interrupt();
    try {
      unreadable(weights, "the thread at work on it was interrupted", "do it again");
    } finally {
      Thread.interrupted();
    }
    Files.delete(folder.resolve("variables/variables.data-00000-of-00001"));
    unreadable(weights, "no such file or folder", "see whether it is there, under this name");
  }

  private static void unreadable(StoredWeights weights, String found, String remedy) {
    InputException refused = assertThrows(InputException.class, weights::requireWhole);
    String said = refused.getMessage();
    assertTrue(refused.isPassing() && said.contains(found) && said.endsWith(remedy), said);
  }

  private static BundleEntry entry(long size, long... dims) {
    BundleShape.Builder shape = BundleShape.newBuilder();
    for (long dim : dims) {
      shape.addDim(BundleDim.newBuilder().setSize(dim));
    }
    return BundleEntry.newBuilder()
        .setDtype(DataType.DT_FLOAT.getNumber())
        .setShape(shape)
        .setSize(size)
        .build();
  }

  /** One block of entries, a block that lists it, and the footer. */
  private void write(BundleHeader header, BundleEntry entry) throws IOException {
    ByteBuffer file = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer block = ByteBuffer.allocate(2048).order(ByteOrder.LITTLE_ENDIAN);
    row(block, "", header.toByteArray());
    row(block, "a/kernel", entry.toByteArray());
    byte[] data = block(file, block);
    block.clear();
    row(block, "b", data);
    byte[] index = block(file, block);
    file.put(new byte[] {0, 0}).put(index).put(new byte[40 - 2 - index.length]);
    file.putLong(0xdb4775248b80fb57L);
    Files.createDirectories(folder.resolve("variables"));
    byte[] bytes = java.util.Arrays.copyOf(file.array(), file.position());
    Files.write(folder.resolve("variables/variables.index"), bytes);
    Files.write(folder.resolve("variables/variables.data-00000-of-00001"), new byte[24]);
  }

  private static void row(ByteBuffer block, String key, byte[] value) {
    byte[] name = key.getBytes(StandardCharsets.UTF_8);
    block.put((byte) 0).put((byte) name.length).put((byte) value.length).put(name).put(value);
  }

  /** Appends a block; returns its handle. */
  private static byte[] block(ByteBuffer file, ByteBuffer entries) {
    int offset = file.position();
    entries.putInt(0).putInt(1).put((byte) 0);
    byte[] bytes = java.util.Arrays.copyOf(entries.array(), entries.position());
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    int value = (int) crc.getValue();
    file.put(bytes).putInt(((value >>> 15) | (value << 17)) + 0xa282ead8);
    ByteBuffer handle = ByteBuffer.allocate(20);
    varint(handle, offset);
    varint(handle, bytes.length - 1);
    return java.util.Arrays.copyOf(handle.array(), handle.position());
  }

  private static void varint(ByteBuffer out, int value) {
    int left = value;
    for (; left >= 0x80; left >>>= 7) {
      out.put((byte) (left | 0x80));
    }
    out.put((byte) left);
  }

  private void assertRefused(String... parts) {
    String message =
        assertThrows(InputException.class, () -> CheckpointIndex.read(folder)).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }

  @Test
  void whatSaysMoreThanThereIsIsRefused() throws IOException {
    write(HEADER, entry(24, 2, 3));
    assertEquals(Shape.of(2, 3), CheckpointIndex.read(folder).tensors().get("a/kernel").shape());
    write(HEADER, entry(28, 7));
    assertRefused("variables.index", "a/kernel ends at 28 of a data file of 24 bytes");
    write(HEADER, entry(24, 1L << 40));
    assertRefused("a/kernel has 24 bytes");
    write(HEADER, entry(24, 1L << 62, 1L << 62, 6));
    assertRefused("a/kernel has 24 bytes");
    write(HEADER, entry(24, -2, -3));
    assertRefused("a/kernel has 24 bytes");
    write(HEADER, entry(24, 2, 3).toBuilder().setOffset(Long.MAX_VALUE - 3).build());
    assertRefused("a/kernel ends at");
    write(HEADER, entry(24, 2, 3).toBuilder().setShardId(1).build());
    assertRefused("a/kernel is in file 1");
    write(BundleHeader.newBuilder().setNumShards(2_000_000_000).build(), entry(24, 2, 3));
    assertRefused("2000000000 files");
    write(HEADER, entry(24, 2, 3).toBuilder().setDtype(1234).build());
    assertRefused("unknown type 1234");
  }

  @Test
  void aMissingVariableIsNamedBesideThoseLikeIt() throws IOException {
    write(HEADER, entry(24, 2, 3));
    CheckpointIndex index = CheckpointIndex.read(folder);
    String message =
        assertThrows(
                InputException.class,
                () ->
                    index.fitting(
                        new SavedKey("b/kernel", ""),
                        "b/kernel",
                        DataType.DT_FLOAT,
                        Shape.of(2, 3)))
            .getMessage();
    assertTrue(message.contains("no 'b/kernel'; it has [a/kernel]"), message);
  }

  /** Keys leave out what they share with the one before: 50 KB stand for 100 MB. */
  @Test
  void keysThatFillTheMemoryAreNotPutTogether() {
    ByteBuffer file = ByteBuffer.allocate(100_000).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer block = ByteBuffer.allocate(90_000).order(ByteOrder.LITTLE_ENDIAN);
    int length = 20_000;
    varint(block, 0);
    varint(block, length);
    block.put((byte) 0).put(new byte[length]);
    for (int i = 0; i < 5_000; i++) {
      varint(block, length);
      block.put((byte) 1).put((byte) 0).put((byte) i);
    }
    byte[] data = block(file, block);
    block.clear();
    row(block, "b", data);
    byte[] index = block(file, block);
    file.put(new byte[] {0, 0}).put(index).put(new byte[40 - 2 - index.length]);
    file.putLong(0xdb4775248b80fb57L);
    byte[] bytes = java.util.Arrays.copyOf(file.array(), file.position());
    String message =
        assertThrows(IllegalArgumentException.class, () -> IndexTable.read(bytes)).getMessage();
    assertEquals("its keys and values fill more than 64 MiB", message);
  }
}
