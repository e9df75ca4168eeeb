package io.github.fdistill.imports;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipFile;

/** Arrays that NumPy saved: float32, int32 and int64, in C order, as floats. */
public final class Npz {
  private final Path file;

  public Npz(Path file) {
    this.file = file;
  }

  public boolean has(String name) {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      return zip.getEntry(name + ".npy") != null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public float[] floats(String name) {
    try (ZipFile zip = new ZipFile(file.toFile());
        InputStream in = zip.getInputStream(zip.getEntry(name + ".npy"))) {
      ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      String header = header(bytes);
      bytes.position(10 + header.length());
      int width = header.contains("i8") ? 8 : 4;
      float[] values = new float[bytes.remaining() / width];
      for (int i = 0; i < values.length; i++) {
        values[i] =
            header.contains("f4")
                ? bytes.getFloat()
                : width == 8 ? bytes.getLong() : bytes.getInt();
      }
      return values;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int[] shape(String name) {
    try (ZipFile zip = new ZipFile(file.toFile());
        InputStream in = zip.getInputStream(zip.getEntry(name + ".npy"))) {
      ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      String header = header(bytes);
      String sizes = header.substring(header.indexOf('(') + 1, header.indexOf(')'));
      return Arrays.stream(sizes.split(","))
          .map(String::strip)
          .filter(text -> !text.isEmpty())
          .mapToInt(Integer::parseInt)
          .toArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String header(ByteBuffer bytes) {
    byte[] text = new byte[bytes.getShort(8)];
    bytes.position(10);
    bytes.get(text);
    return new String(text, StandardCharsets.US_ASCII);
  }
}
