package io.github.fdistill.savedmodel;

import com.google.protobuf.CodedOutputStream;
import io.github.fdistill.savedmodel.TensorBundleProto.BundleDim;
import io.github.fdistill.savedmodel.TensorBundleProto.BundleEntry;
import io.github.fdistill.savedmodel.TensorBundleProto.BundleHeader;
import io.github.fdistill.savedmodel.TensorBundleProto.BundleShape;
import io.github.fdistill.savedmodel.TensorBundleProto.BundleVersion;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.proto.DataType;

/**
 * Writes float32 tensors, and scalars of bytes, in TensorFlow's checkpoint format V2 ({@code
 * prefix.index}, {@code prefix.data-00000-of-00001}), byte for byte what TensorFlow's own SaveV2
 * writes. Tensors come one after another and in pieces: of any size, and never all in memory.
 */
public final class BundleWriter implements Closeable {
  /** Numbers that are written at a time: while they are in the cache after their checksum. */
  private static final int PIECE = 1 << 18;

  private static final BundleHeader HEADER =
      BundleHeader.newBuilder()
          .setNumShards(1)
          .setVersion(BundleVersion.newBuilder().setProducer(1))
          .build();

  private final Path prefix;
  private final FileChannel file;
  private final SortedMap<String, byte[]> index = new TreeMap<>(IndexTable.KEY_ORDER);
  private long offset;

  /** The numbers of a tensor, all of them, in C order. */
  @FunctionalInterface
  public interface Content {
    void writeTo(Pieces pieces) throws IOException;
  }

  /**
   * Opens the data file; the folder must be there.
   *
   * @throws IOException of the prefix and with the system's reason, when the disk refuses it
   */
  public BundleWriter(Path prefix) throws IOException {
    this.prefix = prefix;
    index.put("", HEADER.toByteArray());
    try {
      file =
          FileChannel.open(
              Path.of(prefix + ".data-00000-of-00001"),
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw refusal(e);
    }
  }

  /**
   * Adds a tensor.
   *
   * @throws IllegalArgumentException when the content has not as many numbers as the shape
   */
  public void add(String key, Shape shape, Content content) throws IOException {
    Pieces pieces = new Pieces();
    try {
      content.writeTo(pieces);
    } catch (IOException e) {
      throw refusal(e);
    }
    long size = Math.multiplyExact(shape.size(), Float.BYTES);
    if (pieces.size != size) {
      throw new IllegalArgumentException(
          key + " " + shape + ": " + pieces.size / Float.BYTES + " numbers");
    }
    put(key, DataType.DT_FLOAT, shape, size, pieces.checksum);
  }

  /**
   * Adds a scalar of TensorFlow's type string: its length as a varint, the checksum of the length
   * as four bytes, that checksum, the bytes. The checksum of it all takes the length as four bytes
   * too.
   */
  public void addBytes(String key, byte[] text) throws IOException {
    CRC32C checksum = new CRC32C();
    checksum.update(fourBytes(text.length));
    byte[] ofLength = fourBytes(Checksum.masked(checksum));
    checksum.update(ofLength);
    checksum.update(text);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    CodedOutputStream varint = CodedOutputStream.newInstance(all);
    varint.writeUInt32NoTag(text.length);
    varint.flush();
    all.write(ofLength);
    all.write(text);
    try {
      write(ByteBuffer.wrap(all.toByteArray()));
    } catch (IOException e) {
      throw refusal(e);
    }
    put(key, DataType.DT_STRING, Shape.scalar(), all.size(), checksum);
  }

  private static byte[] fourBytes(int value) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  private void put(String key, DataType type, Shape shape, long size, CRC32C checksum) {
    index.put(key, entry(type, shape, size, Checksum.masked(checksum)).toByteArray());
    offset += size;
  }

  private BundleEntry entry(DataType type, Shape shape, long size, int checksum) {
    BundleShape.Builder dims = BundleShape.newBuilder();
    for (long dim : shape.asArray()) {
      BundleDim.Builder one = dims.addDimBuilder();
      if (dim != 0) {
        one.setSize(dim);
      }
    }
    BundleEntry.Builder entry = BundleEntry.newBuilder().setDtype(type.getNumber()).setShape(dims);
    // What is 0 is left out, as in proto3.
    if (offset != 0) {
      entry.setOffset(offset);
    }
    if (size != 0) {
      entry.setSize(size);
    }
    return entry.setCrc32C(checksum).build();
  }

  private void write(ByteBuffer all) throws IOException {
    while (all.hasRemaining()) {
      file.write(all);
    }
  }

  /** Writes the index: only now is it a checkpoint. */
  public void finish() throws IOException {
    try {
      Files.write(Path.of(prefix + ".index"), IndexTable.write(index));
    } catch (IOException e) {
      throw refusal(e);
    }
  }

  private FileSystemException refusal(IOException e) {
    if (e instanceof FileSystemException named && named.getReason() == null) {
      return named; // Its class is the reason.
    }
    String reason = e instanceof FileSystemException named ? named.getReason() : e.getMessage();
    FileSystemException refusal = new FileSystemException(prefix.toString(), null, reason);
    refusal.initCause(e);
    return refusal;
  }

  /** Takes a tensor's numbers. */
  public final class Pieces {
    private final CRC32C checksum = new CRC32C();
    private long size;

    /** Writes the next numbers, from a tensor's memory. */
    public void write(FloatDataBuffer from) throws IOException {
      long count = from.size();
      for (long done = 0; done < count; ) {
        int piece = (int) Math.min(PIECE, count - done);
        ByteBuffer all = NativeBytes.of(from.slice(done, piece));
        checksum.update(all.duplicate());
        BundleWriter.this.write(all);
        done += piece;
      }
      size += count * Float.BYTES;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
