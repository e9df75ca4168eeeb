package io.github.fdistill.tensors;

import io.github.fdistill.InputException;
import io.github.fdistill.Untrusted;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.RegularFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that is mapped into memory, not read: it may be larger than memory is. */
final class MappedFile {
  /** Java maps no more than 2 GB at a time. */
  private static final int PIECE_BITS = 30;

  /** A number may begin in one piece and end in the next. */
  private static final int OVERLAP = Long.BYTES;

  private final Path path;
  private final long size;
  private final ByteBuffer[] pieces;

  private MappedFile(Path path, FileChannel channel) throws IOException {
    this.path = path;
    size = channel.size();
    long piece = 1L << PIECE_BITS;
    pieces = new ByteBuffer[Math.toIntExact((size + piece - 1) / piece)];
    for (int i = 0; i < pieces.length; i++) {
      long length = Math.min(piece + OVERLAP, size - i * piece);
      pieces[i] =
          channel
              .map(FileChannel.MapMode.READ_ONLY, i * piece, length)
              .order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  private MappedFile(Path name, byte[] bytes) {
    path = name;
    size = bytes.length;
    pieces = new ByteBuffer[] {ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)};
  }

  /** What was read already; no more than a piece. */
  static MappedFile held(Path name, byte[] bytes) {
    if (bytes.length > 1 << PIECE_BITS) {
      throw new IllegalArgumentException(name + ": " + bytes.length + " bytes");
    }
    return new MappedFile(name, bytes);
  }

  /**
   * Maps a file.
   *
   * @throws InputException when it is none, or cannot be read
   */
  static MappedFile open(Path path) {
    if (!RegularFile.isThere(path)) {
      throw new InputException(
          path.toString(), "not there", "a file of weights", "correct the path");
    }
    try (FileChannel channel = FileChannel.open(path)) {
      return new MappedFile(path, channel);
    } catch (IOException e) {
      throw new InputException(
          path.toString(),
          "cannot be read: " + DiskRefusal.reason(e),
          "a file that can be read",
          "mend its permissions, or copy it again",
          e);
    }
  }

  Path path() {
    return path;
  }

  /**
   * Makes sure that the file is as long as when it was mapped. Of a page beyond its end Java tells
   * as well, by an InternalError, but of compiled code some time later.
   *
   * @throws InputException when it became shorter
   */
  void requireWhole() {
    if (pieces.length == 0 || !pieces[0].isDirect()) {
      return;
    }
    long now;
    try {
      now = Files.size(path);
    } catch (IOException e) {
      return; // Its name is gone; what is mapped is there.
    }
    if (now < size) {
      throw shorter(null);
    }
  }

  /** The refusal of a file that became shorter since it was mapped. */
  InputException shorter(Throwable cause) {
    return new InputException(
        path.toString(),
        Untrusted.PAGE_GONE,
        "a file that stays as it is while it is read",
        "read it again when nothing writes it, or copy it again",
        cause);
  }

  long size() {
    return size;
  }

  /** That in which a byte lies, and the whole of a number that begins with it. */
  ByteBuffer piece(long at) {
    return pieces[(int) (at >>> PIECE_BITS)];
  }

  /** Whether so many bytes lie in the piece of the first. */
  boolean isInOnePiece(long at, long count) {
    return within(at) + count <= piece(at).limit();
  }

  /** Where in its piece a byte lies. */
  static int within(long at) {
    return (int) (at & ((1L << PIECE_BITS) - 1));
  }

  byte byteAt(long at) {
    return piece(at).get(within(at));
  }

  short shortAt(long at) {
    return piece(at).getShort(within(at));
  }

  int intAt(long at) {
    return piece(at).getInt(within(at));
  }

  long longAt(long at) {
    return piece(at).getLong(within(at));
  }
}
