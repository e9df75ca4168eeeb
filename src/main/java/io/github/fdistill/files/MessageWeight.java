package io.github.fdistill.files;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.WireFormat;
import java.io.IOException;

/**
 * What a protobuf message takes of Java's memory once it is parsed, found out from its bytes before
 * it is: an empty message within another has two bytes there and is an object here. No less than it
 * takes, and up to three times as much.
 */
public final class MessageWeight {
  /** An object, what holds it, and a place for each of its fields. */
  private static final int OBJECT = 64;

  private static final int FIELD = 8;

  /** An entry of a map, beside its key and value. */
  private static final int ENTRY = 96;

  /** A text or bytes, beside what they hold. */
  private static final int BYTES = 64;

  /** A number in a list that grows, at the most. */
  private static final int NUMBER = 16;

  private final long most;
  private long weight;

  private MessageWeight(long most) {
    this.most = most;
  }

  /**
   * Refuses what would be heavier.
   *
   * @param in the message's bytes; its limit of messages within each other holds
   * @param type of the message
   * @param most bytes of memory
   * @return how heavy it is
   * @throws InvalidProtocolBufferException when it is heavier, or no such message
   */
  public static long require(CodedInputStream in, Descriptor type, long most) throws IOException {
    MessageWeight message = new MessageWeight(most);
    message.weigh(in, type, MOST_LEVELS);
    return message.weight;
  }

  /**
   * The message that bytes are, where it is no heavier.
   *
   * @param like any message of its type
   * @param most bytes of memory
   * @throws InvalidProtocolBufferException when it is heavier, or no such message
   */
  @SuppressWarnings("unchecked") // A message's parser makes messages of the same class.
  public static <M extends Message> M parsed(byte[] bytes, M like, long most) throws IOException {
    require(CodedInputStream.newInstance(bytes), like.getDescriptorForType(), most);
    return (M) like.getParserForType().parseFrom(bytes);
  }

  /** Messages within each other: what protobuf parses. */
  private static final int MOST_LEVELS = 100;

  private void weigh(CodedInputStream in, Descriptor type, int levels) throws IOException {
    if (levels == 0) {
      throw new InvalidProtocolBufferException("more than 100 messages within each other");
    }
    add(OBJECT + (long) FIELD * type.getFields().size());
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
      if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        int length = in.readRawVarint32();
        if (length < 0) {
          throw new InvalidProtocolBufferException("a negative length");
        }
        measured(in, field, length, levels);
      } else {
        int before = in.getTotalBytesRead();
        in.skipField(tag);
        add(field == null ? BYTES + 2L * (in.getTotalBytesRead() - before) : NUMBER);
      }
    }
  }

  private void measured(CodedInputStream in, FieldDescriptor field, int length, int levels)
      throws IOException {
    boolean message = field != null && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
    if (message) {
      add(field.isMapField() ? ENTRY : 0);
      int outer = in.pushLimit(length);
      weigh(in, field.getMessageType(), levels - 1);
      in.checkLastTagWas(0);
      in.popLimit(outer);
      return;
    }
    boolean numbers = field != null && field.isPackable();
    add(numbers ? (long) NUMBER * length : BYTES + (long) length);
    in.skipRawBytes(length);
  }

  private void add(long bytes) throws InvalidProtocolBufferException {
    weight += bytes;
    if (weight > most) {
      throw new InvalidProtocolBufferException(
          "it would take more than " + (most >> 20) + " MiB of memory");
    }
  }
}
