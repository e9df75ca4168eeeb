package io.github.fdistill.savedmodel;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.MessageWeight;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.savedmodel.CheckpointIndex.Stored;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph;

/** The objects that a checkpoint of TensorFlow 2 speaks of: a text in it that is a message. */
final class SavedObjects {
  static final String KEY = "_CHECKPOINTABLE_OBJECT_GRAPH";

  private static final long MOST_BYTES = FileKind.CHECKPOINT_INDEX.mostBytes();

  /** The number that stands before a text's bytes, of its length. */
  private static final int CHECKSUM = 4;

  private SavedObjects() {}

  /** What a checkpoint has; nothing where it has none, or they cannot be read. */
  static Optional<TrackableObjectGraph> of(CheckpointIndex index) {
    Stored stored = index.tensors().get(KEY);
    boolean text =
        stored != null
            && stored.type() == DataType.DT_STRING
            && !stored.sliced()
            && stored.shape().numDimensions() == 0
            && stored.bytes() <= MOST_BYTES;
    if (!text) {
      return Optional.empty();
    }
    try {
      byte[] message = text(stored);
      long most = FileKind.CHECKPOINT_INDEX.mostHeld(MOST_BYTES);
      return Optional.of(
          MessageWeight.parsed(message, TrackableObjectGraph.getDefaultInstance(), most));
    } catch (InvalidProtocolBufferException e) {
      return Optional.empty(); // Whoever needs a variable of them says that it has no value.
    } catch (IOException e) {
      throw DiskRefusal.unreadable(stored.file(), e);
    }
  }

  /** A text as a checkpoint has it: its length, a checksum of that, and its bytes. */
  private static byte[] text(Stored stored) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) stored.bytes());
    try (FileChannel file = RegularFile.channel(stored.file())) {
      file.position(stored.offset());
      while (bytes.hasRemaining() && file.read(bytes) >= 0) {
        // Until all is there.
      }
    }
    CodedInputStream in = CodedInputStream.newInstance(bytes.array(), 0, bytes.position());
    long length = in.readRawVarint64();
    in.readRawBytes(CHECKSUM);
    if (length < 0 || length > stored.bytes()) {
      throw new InvalidProtocolBufferException("a text of " + length + " bytes");
    }
    return in.readRawBytes((int) length);
  }
}
