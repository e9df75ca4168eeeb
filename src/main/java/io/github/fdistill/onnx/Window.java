package io.github.fdistill.onnx;

import java.util.Arrays;

/**
 * How a window moves over the two axes of images: of convolutions and pools.
 *
 * @param kernel its height and width
 * @param strides from one place to the next
 * @param dilations between its pixels
 * @param before pixels that are added above and to the left
 * @param after pixels that are added below and to the right
 */
record Window(long[] kernel, long[] strides, long[] dilations, long[] before, long[] after) {
  private static final long MOST = 1 << 16;

  /**
   * Where automatic padding would be of fewer pixels, for the stride passes over them, ONNX Runtime
   * moves the windows.
   */
  private static final long LEAST_BEYOND = -2;

  /** Of a node on images [N,C,H,W]. */
  static Window of(Call call, Flow x, long[] kernel) {
    call.require(kernel.length == 2, "a kernel of " + kernel.length + " axes", "height and width");
    long[] strides = two(call, "strides", 1);
    long[] dilations = two(call, "dilations", 1);
    long[] pads = call.wholes("pads", 0, 0, 0, 0);
    call.require(pads.length == 4, "pads " + Arrays.toString(pads), "four of them");
    long[] before = {pads[0], pads[1]};
    long[] after = {pads[2], pads[3]};
    String auto = call.text("auto_pad", "NOTSET");
    for (int i = 0; i < 2; i++) {
      long size = x.shape()[2 + i];
      for (long number :
          new long[] {kernel[i], strides[i], dilations[i], before[i] + 1, after[i] + 1, size}) {
        call.require(number > 0 && number <= MOST, "the number " + number, "1 to " + MOST);
      }
      if (auto.startsWith("SAME")) {
        long places = (size + strides[i] - 1) / strides[i];
        long covered = (kernel[i] - 1) * dilations[i] + 1;
        long beyond = (places - 1) * strides[i] + covered - size;
        call.require(
            beyond >= LEAST_BEYOND,
            auto + " with a stride of " + strides[i] + " beyond the window",
            "pads that are said: runtimes differ in where such windows begin");
        long all = Math.max(0, beyond);
        before[i] = auto.equals("SAME_LOWER") ? (all + 1) / 2 : all / 2;
        after[i] = all - before[i];
      } else if (auto.equals("VALID")) {
        before[i] = 0;
        after[i] = 0;
      }
    }
    return new Window(kernel, strides, dilations, before, after);
  }

  static long[] two(Call call, String attribute, long otherwise) {
    long[] two = call.wholes(attribute, otherwise, otherwise);
    call.require(two.length == 2, attribute + " " + Arrays.toString(two), "two of them");
    return two;
  }

  boolean isPadded() {
    return before[0] + before[1] + after[0] + after[1] > 0;
  }

  /** Whether TensorFlow's SAME adds just these pixels to images of a height and width. */
  boolean isSame(long height, long width) {
    return isSame(0, height) && isSame(1, width);
  }

  private boolean isSame(int i, long size) {
    long places = (size + strides[i] - 1) / strides[i];
    long covered = (kernel[i] - 1) * dilations[i] + 1;
    long all = Math.max(0, (places - 1) * strides[i] + covered - size);
    return before[i] == all / 2 && after[i] == all - all / 2;
  }

  /** The same with more pixels below and to the right, so that a last, partial place counts. */
  Window rounded(long height, long width) {
    return new Window(
        kernel,
        strides,
        dilations,
        before,
        new long[] {after[0] + more(0, height), after[1] + more(1, width)});
  }

  /**
   * The same without dilations, by a kernel with zeros: behind each number one less than the
   * dilation. Those behind the last lie on as many pixels more, of any value.
   */
  Window dense() {
    long[] size = new long[2];
    long[] more = new long[2];
    for (int i = 0; i < 2; i++) {
      size[i] = kernel[i] * dilations[i];
      more[i] = after[i] + dilations[i] - 1;
    }
    return new Window(size, strides, new long[] {1, 1}, before, more);
  }

  private long more(int i, long size) {
    long covered = (kernel[i] - 1) * dilations[i] + 1;
    long room = size + before[i] + after[i] - covered;
    long over = room % strides[i];
    boolean starts = (room / strides[i] + 1) * strides[i] < size + before[i];
    return over != 0 && room > 0 && starts ? strides[i] - over : 0;
  }

  /** Attribute values for NHWC. */
  long[] ofImages(long[] two) {
    return new long[] {1, two[0], two[1], 1};
  }
}
