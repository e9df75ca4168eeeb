package io.github.fdistill.onnx;

/**
 * What a Slice takes of each axis.
 *
 * @param starts the first index
 * @param steps from one to the next, not 0
 * @param shape how many are taken
 */
record Slices(long[] starts, long[] steps, long[] shape) {

  /** Of a node on data of this shape: starts and ends, then axes and steps where they are given. */
  static Slices of(Call call, long[] data) {
    Known starts = call.known(1);
    Known ends = call.known(2);
    long[] axes = call.has(3) ? call.wholes(3) : null;
    long[] steps = call.has(4) ? call.wholes(4) : null;
    long[] first = new long[data.length];
    long[] by = new long[data.length];
    long[] shape = data.clone();
    java.util.Arrays.fill(by, 1);
    boolean fit =
        starts.count() == ends.count()
            && (axes == null || axes.length == starts.count())
            && (steps == null || steps.length == starts.count());
    call.require(fit, "lists of other lengths", "a start, end, axis and step for each axis");
    for (int i = 0; i < starts.count(); i++) {
      int axis = call.axis(axes == null ? i : axes[i], data.length);
      long step = steps == null ? 1 : steps[i];
      if (data[axis] < 0) {
        requireWhole(call, starts, ends, i, step, data[axis]);
        continue;
      }
      call.require(step != 0, "a step of 0", "another step");
      call.require(
          !starts.perImage()[i] && !ends.perImage()[i], "a place that grows with the batch", "one");
      long size = data[axis];
      long last = step > 0 ? size : size - 1;
      long from = place(starts.whole(i), size, 0, last);
      long to = place(ends.whole(i), size, last - size, last);
      first[axis] = from;
      by[axis] = step;
      long span = step > 0 ? to - from : from - to;
      long each = Math.abs(Math.max(step, -Long.MAX_VALUE));
      shape[axis] = span <= 0 || size == 0 ? 0 : (span - 1) / each + 1;
    }
    return new Slices(first, by, shape);
  }

  /** An index, of which those below 0 count from the end, within two others. */
  private static long place(long index, long size, long least, long most) {
    return Math.max(least, Math.min(most, index < 0 ? index + size : index));
  }

  /** Of the images all are taken. */
  private static void requireWhole(
      Call call, Known starts, Known ends, int i, long step, long size) {
    boolean toEnd =
        ends.perImage()[i] ? ends.whole(i) >= -size : ends.whole(i) >= Integer.MAX_VALUE;
    call.require(
        step == 1 && !starts.perImage()[i] && starts.whole(i) == 0 && toEnd,
        "some of the images of a batch",
        "all of them");
  }
}
