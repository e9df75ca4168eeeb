package io.github.fdistill.data;

import io.github.fdistill.files.Sha256;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.ndarray.Shape;

/**
 * Prompts alone as a set: each is the caption of an image that is not there, whose values are
 * zeros.
 *
 * @param file that they are read from
 * @param shape [H,W,C] that the images would have
 */
public record PromptRows(Path file, List<String> prompts, Shape shape) implements ImageSource {

  /**
   * Reads them.
   *
   * @throws io.github.fdistill.InputException if there is none, or the file cannot be read
   * @see Prompts#read
   */
  public static PromptRows read(Path file, Shape shape) {
    return new PromptRows(file, Prompts.read(file), shape);
  }

  @Override
  public long size() {
    return prompts.size();
  }

  @Override
  public int height() {
    return (int) shape.get(0);
  }

  @Override
  public int width() {
    return (int) shape.get(1);
  }

  @Override
  public int channels() {
    return (int) shape.get(2);
  }

  @Override
  public int classes() {
    return 1;
  }

  @Override
  public int label(long index) {
    return 0;
  }

  @Override
  public List<String> captions(long index) {
    return List.of(prompts.get(Math.toIntExact(index)));
  }

  @Override
  public boolean hasCaptions() {
    return true;
  }

  @Override
  public String where(long index) {
    return file + ": prompt " + (index + 1);
  }

  @Override
  public void copy(long index, float[] into, int offset) {
    Arrays.fill(into, offset, offset + valuesPerImage(), 0);
  }

  @Override
  public String fingerprint() {
    return Sha256.ofText("prompts 1 " + String.join("\n", prompts));
  }
}
