package io.github.fdistill.savedmodel;

import io.github.fdistill.graph.Parameters;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;

/**
 * The numbers of a network's parameters, wherever they are: in a file, in a session, in a seed that
 * they are drawn from. They come one parameter at a time into memory of TensorFlow's; Java's heap
 * holds no more than a few of them.
 */
public interface Weights {

  /** What they are the numbers of. */
  Parameters parameters();

  /**
   * Copies the numbers of a parameter, in C order.
   *
   * @param parameter which, by its place in the list
   * @param into a tensor's memory, or a part of it; as many numbers as the parameter has
   * @throws io.github.fdistill.InputException when they cannot be read
   */
  void copy(int parameter, FloatDataBuffer into);

  /** A parameter as a tensor of its shape; the caller closes it. */
  default TFloat32 tensor(int parameter) {
    TFloat32 tensor = TFloat32.tensorOf(parameters().list().get(parameter).shape());
    try {
      copy(parameter, numbers(tensor));
      return tensor;
    } catch (RuntimeException e) {
      tensor.close();
      throw e;
    }
  }

  /** All of them as one vector, laid out as {@link Parameters} says; the caller closes it. */
  default TFloat32 vector() {
    TFloat32 vector = TFloat32.tensorOf(Shape.of(parameters().length()));
    try {
      FloatDataBuffer all = numbers(vector);
      List<FloatDataBuffer> parts = parameters().parts(all);
      for (int i = 0; i < parts.size(); i++) {
        copy(i, parts.get(i));
      }
      parameters().clearGaps(all);
      return vector;
    } catch (RuntimeException e) {
      vector.close();
      throw e;
    }
  }

  /** The same numbers of parameters whose names begin with a prefix. */
  default Weights under(String prefix) {
    Weights these = this;
    Parameters named =
        new Parameters(
            parameters().list().stream()
                .map(each -> new Parameters.Parameter(prefix + each.name(), each.shape()))
                .toList());
    return new Weights() {
      @Override
      public Parameters parameters() {
        return named;
      }

      @Override
      public void copy(int parameter, FloatDataBuffer into) {
        these.copy(parameter, into);
      }
    };
  }

  /** These, and others of further parameters after them. */
  default Weights and(Weights others) {
    Weights these = this;
    List<Parameters.Parameter> all = new ArrayList<>(parameters().list());
    int own = all.size();
    all.addAll(others.parameters().list());
    Parameters both = new Parameters(all);
    return new Weights() {
      @Override
      public Parameters parameters() {
        return both;
      }

      @Override
      public void copy(int parameter, FloatDataBuffer into) {
        if (parameter < own) {
          these.copy(parameter, into);
        } else {
          others.copy(parameter - own, into);
        }
      }
    };
  }

  /** The memory of a tensor, in C order; it may be used until the tensor is closed. */
  static FloatDataBuffer numbers(TFloat32 tensor) {
    return tensor.asRawTensor().data().asFloats();
  }

  /** A tensor of zeros; the caller closes it. */
  static TFloat32 zeros(Shape shape) {
    TFloat32 tensor = TFloat32.tensorOf(shape);
    FloatDataBuffer numbers = numbers(tensor);
    float[] piece = new float[(int) Math.min(1 << 14, numbers.size())];
    for (long done = 0; done < numbers.size(); done += piece.length) {
      int count = (int) Math.min(piece.length, numbers.size() - done);
      numbers.slice(done, count).write(piece, 0, count);
    }
    return tensor;
  }
}
