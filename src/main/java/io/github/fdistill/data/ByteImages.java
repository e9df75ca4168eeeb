package io.github.fdistill.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Images held in memory as bytes.
 *
 * @param pixels [size, height, width, channels] in C order, each from 0 to 255
 * @param labels [size]
 * @param classNames empty where the classes have none
 */
record ByteImages(
    int height,
    int width,
    int channels,
    int classes,
    byte[] pixels,
    int[] labels,
    String fingerprint,
    List<String> classNames)
    implements ImageSource {

  @Override
  public long size() {
    return labels.length;
  }

  @Override
  public int label(long index) {
    return labels[Math.toIntExact(index)];
  }

  @Override
  public List<String> notes() {
    List<String> notes = new ArrayList<>(ImageSource.super.notes());
    AllBlack.note(this, size(), () -> AllBlack.AS_AN_ARRAY).ifPresent(notes::add);
    return notes;
  }

  @Override
  public void copy(long index, float[] into, int offset) {
    int length = valuesPerImage();
    int start = Math.toIntExact(index * length);
    Images.toDataUnits(pixels, start, length, into, offset);
  }
}
