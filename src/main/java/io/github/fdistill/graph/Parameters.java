package io.github.fdistill.graph;

import io.github.fdistill.device.Sizes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * The trainable float32 tensors of a network, laid one after another in one vector of {@link
 * #length()} numbers. Optimiser, averages and clipping see the vector; the network sees the
 * tensors.
 *
 * <p>Each begins at a multiple of 64 bytes, with zeros before the next one: so TensorFlow's split
 * gives tensors that lie in the vector's own memory. Were one of them to begin elsewhere, it would
 * copy them all.
 *
 * @param list the parameters, in their order in the vector
 */
public record Parameters(List<Parameter> list) {
  /** Numbers in 64 bytes: each parameter begins at a multiple of so many. */
  public static final int LINE = 16;

  /**
   * @param name its key in a checkpoint, and its name in a SavedModel
   * @param shape fully known
   */
  public record Parameter(String name, Shape shape) {

    /** How many numbers it has. */
    public long size() {
      return shape.size();
    }

    /** How many it takes in the vector, the zeros behind it included. */
    long room() {
      return Math.addExact(size(), LINE - 1) / LINE * LINE;
    }

    /** Numbers of a row: the last dimension. */
    public long columns() {
      return shape.numDimensions() < 2 ? 1 : shape.get(-1);
    }

    /**
     * Itself where it has no more than so many numbers, else blocks of its rows; each fills lines.
     */
    private List<Parameter> blocks(long numbers) {
      if (size() <= numbers) {
        return List.of(this);
      }
      long all = size() / columns();
      long rows = Math.max(LINE, numbers / columns() / LINE * LINE);
      List<Parameter> blocks = new ArrayList<>();
      for (long row = 0; row < all; row += rows) {
        long some = Math.min(rows, all - row);
        blocks.add(
            new Parameter(name, columns() == 1 ? Shape.of(some) : Shape.of(some, columns())));
      }
      return blocks;
    }

    /** How many zeros are behind it. */
    public long zeros() {
      return room() - size();
    }
  }

  public Parameters {
    list = List.copyOf(list);
  }

  /** How many numbers there are in all. */
  public long size() {
    return list.stream().mapToLong(Parameter::size).reduce(0, Math::addExact);
  }

  /** How long the vector is: {@link #size()}, and the zeros. */
  public long length() {
    return list.stream().mapToLong(Parameter::room).reduce(0, Math::addExact);
  }

  /** Where in the vector each parameter begins. */
  public long[] offsets() {
    long[] offsets = new long[list.size()];
    for (int i = 1; i < offsets.length; i++) {
      offsets[i] = offsets[i - 1] + list.get(i - 1).room();
    }
    return offsets;
  }

  /** The parameters' numbers in the memory of a vector [length], without the zeros. */
  public List<FloatDataBuffer> parts(FloatDataBuffer vector) {
    List<FloatDataBuffer> parts = new ArrayList<>();
    long[] offsets = offsets();
    for (int i = 0; i < offsets.length; i++) {
      parts.add(vector.slice(offsets[i], list.get(i).size()));
    }
    return parts;
  }

  /** Writes the zeros behind the parameters into the memory of a vector [length]. */
  public void clearGaps(FloatDataBuffer vector) {
    long[] offsets = offsets();
    for (int i = 0; i < offsets.length; i++) {
      Parameter p = list.get(i);
      for (long gap = p.size(); gap < p.room(); gap++) {
        vector.setFloat(0, offsets[i] + gap);
      }
    }
  }

  /** Cuts the vector [length] into the parameters, by name; differentiable. */
  public Map<String, Operand<TFloat32>> split(Ops tf, Operand<TFloat32> vector) {
    Map<String, Operand<TFloat32>> byName = new LinkedHashMap<>();
    if (list.isEmpty()) {
      return byName;
    }
    long[] rooms = list.stream().mapToLong(Parameter::room).toArray();
    List<Output<TFloat32>> parts = cut(tf, vector, rooms);
    for (int i = 0; i < rooms.length; i++) {
      Parameter p = list.get(i);
      long zeros = p.zeros();
      Operand<TFloat32> numbers =
          zeros == 0 ? parts.get(i) : cut(tf, parts.get(i), p.size(), zeros).get(0);
      byName.put(p.name(), tf.reshape(numbers, Sizes.of(tf, p.shape().asArray())));
    }
    return byName;
  }

  /**
   * The vector in runs of about so many numbers, one after another, of which each lies in it as a
   * vector of its own would: small parameters together, large ones in blocks of their rows, which
   * have the name of the whole.
   */
  public List<Parameters> runs(long numbers) {
    List<Parameters> runs = new ArrayList<>();
    List<Parameter> run = new ArrayList<>();
    long length = 0;
    for (Parameter p : list) {
      for (Parameter block : p.blocks(numbers)) {
        run.add(block);
        length += block.room();
        if (length >= numbers) {
          runs.add(new Parameters(run));
          run.clear();
          length = 0;
        }
      }
    }
    if (!run.isEmpty()) {
      runs.add(new Parameters(run));
    }
    return runs;
  }

  private static List<Output<TFloat32>> cut(Ops tf, Operand<TFloat32> vector, long... sizes) {
    if (sizes.length == 1) {
      return List.of(vector.asOutput());
    }
    return tf.splitV(vector, Sizes.of(tf, sizes), tf.constant(0), (long) sizes.length).output();
  }

  /** A placeholder for each, by name: for a graph that is looked at and not run. */
  public Map<String, Operand<TFloat32>> placeholders(Ops tf) {
    Map<String, Operand<TFloat32>> byName = new LinkedHashMap<>();
    list.forEach(
        p -> byName.put(p.name(), tf.placeholder(TFloat32.class, Placeholder.shape(p.shape()))));
    return byName;
  }

  /** The names, in order. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    list.forEach(p -> names.add(p.name()));
    return names;
  }
}
