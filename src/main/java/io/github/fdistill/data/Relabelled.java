package io.github.fdistill.data;

import io.github.fdistill.condition.ConditionRows;
import java.util.List;
import java.util.Map;

/**
 * The images of a source under other labels: those that a model has for classes of the same names.
 *
 * @param labels by the source's labels
 * @param classNames in the order of the new labels
 */
public record Relabelled(ImageSource source, int[] labels, List<String> classNames)
    implements DerivedImages {
  @Override
  public int classes() {
    return classNames.size();
  }

  @Override
  public int label(long index) {
    return labels[source.label(index)];
  }

  @Override
  public void copyCondition(long index, ConditionRows into, int row) {
    source.copyCondition(index, into, row);
    into.labels().ifPresent(all -> all[row] = label(index));
  }

  @Override
  public void draw(long index, long key, float[] into, int offset) {
    source.draw(index, key, into, offset);
  }

  @Override
  public ImageSource pictures() {
    ImageSource seen = source.pictures();
    return seen == source ? this : new Relabelled(seen, labels, classNames);
  }

  /** The files are the same, and so are the images. */
  @Override
  public String fingerprint() {
    return source.fingerprint();
  }

  @Override
  public String fingerprintWith(Map<String, String> others) {
    return source.fingerprintWith(others);
  }
}
