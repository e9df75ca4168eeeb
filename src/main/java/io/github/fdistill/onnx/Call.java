package io.github.fdistill.onnx;

import io.github.fdistill.InputException;
import java.util.List;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/**
 * A node that is being translated.
 *
 * @param opset version of ONNX's ops
 * @param inputs its tensors in their order; null where one is left out
 * @param single whether the file was made for one image, and is now for any number of them
 * @param layout to bring tensors into the order of axes that is needed
 */
record Call(
    String file, long opset, OnnxNode node, List<Value> inputs, boolean single, Layout layout) {

  Nodes nodes() {
    return layout.nodes();
  }

  /** The same with other attributes and inputs. */
  Call with(OnnxNode other, List<Value> others) {
    return new Call(file, opset, other, others, single, layout);
  }

  boolean has(int input) {
    return input < inputs.size() && inputs.get(input) != null;
  }

  /** An input, known or flowing. */
  Value value(int input) {
    if (!has(input)) {
      throw refuse("nothing for its input " + input, "what the op needs");
    }
    return inputs.get(input);
  }

  /** An input as numbers that flow. */
  Flow flow(int input) {
    return layout.flow(value(input));
  }

  /** An input as numbers that flow, with its reshaping done. */
  Flow settled(int input) {
    return layout.settled(flow(input));
  }

  /** An input of numbers that have to be known at import. */
  Known known(int input) {
    if (value(input) instanceof Known known) {
      return known;
    }
    throw refuse(
        "'" + node.inputs().get(input) + "' (input " + input + "), which is computed from images",
        "what follows from shapes and constants alone");
  }

  /** The same of one number alone. */
  Known one(int input) {
    Known known = known(input);
    require(known.count() == 1, known.count() + " numbers in input " + input, "one number");
    return known;
  }

  /** The same as whole numbers, none of which grows with the batch. */
  long[] wholes(int input) {
    Known known = known(input);
    if (known.anyPerImage()) {
      throw refuse("numbers that grow with the batch in input " + input, "fixed ones");
    }
    return known.whole();
  }

  /** The same of one whole number. */
  long whole(int input) {
    one(input);
    return wholes(input)[0];
  }

  /** An attribute of whole numbers, or what it is otherwise. */
  long[] wholes(String attribute, long... otherwise) {
    Attribute found = node.attributes().get(attribute);
    return found == null ? otherwise : found.numbers();
  }

  /** Whole numbers of an attribute or, in later opsets, of an input; null without either. */
  long[] wholes(String attribute, int input) {
    return has(input) ? wholes(input) : wholes(attribute, (long[]) null);
  }

  long whole(String attribute, long otherwise) {
    Attribute found = node.attributes().get(attribute);
    return found == null ? otherwise : found.number();
  }

  double number(String attribute, double otherwise) {
    Attribute found = node.attributes().get(attribute);
    return found == null ? otherwise : found.fraction();
  }

  String text(String attribute, String otherwise) {
    Attribute found = node.attributes().get(attribute);
    return found == null || found.text() == null ? otherwise : found.text();
  }

  /** An axis that may be counted from the end. */
  int axis(long axis, int rank) {
    long from = axis < 0 ? axis + rank : axis;
    if (from < 0 || from >= rank) {
      throw refuse("axis " + axis + " of " + rank, "an axis of its input");
    }
    return (int) from;
  }

  int[] axes(long[] axes, int rank) {
    int[] all = new int[axes.length];
    boolean[] seen = new boolean[rank];
    for (int i = 0; i < all.length; i++) {
      all[i] = axis(axes[i], rank);
      if (seen[all[i]]) {
        throw refuse("axis " + axes[i] + " twice", "each axis once");
      }
      seen[all[i]] = true;
    }
    return all;
  }

  /** Refuses whatever a rule does not do. */
  void require(boolean holds, String found, String needed) {
    if (!holds) {
      throw refuse(found, needed);
    }
  }

  /** Refuses what is computed otherwise while a network is trained. */
  void requireInference(boolean holds) {
    require(holds, "training mode", "inference mode: export the network after model.eval()");
  }

  InputException refuse(String found, String needed) {
    return new InputException(
        file + ", node " + node.name(),
        node.op() + ": " + found,
        needed,
        single
            ? "export the network with a batch that is free, or without this op"
            : "export the network in another way, or without this op");
  }

  /** A tensor whose axes are ordered so, and whose sizes TensorFlow knows but for the batch. */
  Flow made(Output<?> tensor, int[] order, Value... from) {
    return layout.made(this, tensor, order, from);
  }

  static boolean isFloat(Value value) {
    return value.type() == DataType.DT_FLOAT;
  }
}
