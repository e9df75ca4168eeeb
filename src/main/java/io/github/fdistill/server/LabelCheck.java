package io.github.fdistill.server;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.condition.LabelRange;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.hosting.Signature;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * Whether the labels of a request are ones that the model knows, where it says how many it does.
 * Our exports look for themselves; others draw something of "no class" for any other label, and a
 * request that fails within a batch would fail with everyone else's in it.
 */
final class LabelCheck {
  private LabelCheck() {}

  /**
   * Refuses other labels.
   *
   * @param info what the model says of itself
   * @param inputs of a request, which are the signature's
   * @throws ApiException naming the first such label
   */
  static void require(DenoiserInfo info, Signature signature, Map<String, HostTensor> inputs) {
    HostTensor labels = inputs.get(input(info, signature.name()));
    if (labels != null && info.getClasses() > 0) {
      LabelRange range = new LabelRange(info.getClasses(), info.getLearntNoClass());
      require(input(info, signature.name()), labels, range);
    }
  }

  /** What the input with the class is called in a signature. */
  private static String input(DenoiserInfo info, String signature) {
    if (info.hasMapping() && info.getMapping().getSignature().equals(signature)) {
      return info.getMapping().getLabel();
    }
    if (info.hasGenerator() && info.getGenerator().getSignature().equals(signature)) {
      return info.getGenerator().getLabel();
    }
    return Conditioning.LABEL;
  }

  private static void require(String name, HostTensor labels, LabelRange range) {
    ByteBuffer bytes = ByteBuffer.wrap(labels.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      long label;
      switch (labels.type()) {
        case DT_INT8 -> label = bytes.get();
        case DT_UINT8 -> label = bytes.get() & 0xff;
        case DT_INT16 -> label = bytes.getShort();
        case DT_UINT16 -> label = bytes.getShort() & 0xffff;
        case DT_INT32 -> label = bytes.getInt();
        case DT_UINT32 -> label = bytes.getInt() & 0xffffffffL;
        case DT_INT64, DT_UINT64 -> label = bytes.getLong();
        default -> {
          return; // No whole numbers, such as one-hot vectors.
        }
      }
      if (!range.has(label)) {
        throw ApiException.invalid("input " + name + " holds " + label + ", expected " + range);
      }
    }
  }
}
