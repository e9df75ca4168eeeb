package io.github.fdistill.graph;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Heap;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/** What a graph without calls takes of Java's memory, counted before it is taken. */
final class HeldNodes {
  /** Of the nodes without calls, whose names begin with those of all calls around them. */
  static final long MOST_BYTES = Heap.most() / 4;

  /** The objects of a node, or of a name in it, beside what they hold. */
  private static final int OBJECTS = 100;

  private final String where;
  private final long most;

  /** The numbers of constants so far, each by itself. */
  private final Set<TensorProto> met = Collections.newSetFromMap(new IdentityHashMap<>());

  private long held;

  /**
   * @param where the graph is from, for messages
   * @param most bytes
   */
  HeldNodes(String where, long most) {
    this.where = where;
    this.most = most;
  }

  /**
   * Counts a node with its names. A constant's numbers are those of the graph that was read,
   * however many nodes share them: of a function that is called again they count, for whoever
   * writes the graph writes them again.
   *
   * @param prefix of its names
   * @throws InputException when it is too much
   */
  void hold(String prefix, NodeDef node) {
    long names = 2L + node.getInputCount();
    AttrValue value = node.getAttrOrDefault("value", AttrValue.getDefaultInstance());
    long shared = value.hasTensor() ? value.getTensor().getSerializedSize() : 0;
    long again = shared == 0 || met.add(value.getTensor()) ? 0 : shared;
    add(names * (prefix.length() + OBJECTS) + 3L * (node.getSerializedSize() - shared) + again);
  }

  /**
   * Counts names.
   *
   * @param count how many
   * @param letters of each
   * @throws InputException when it is too much
   */
  void holdNames(int count, int letters) {
    add((long) count * (OBJECTS + letters));
  }

  private void add(long bytes) {
    held += bytes;
    if (held > most) {
      throw new InputException(
          where + ", the graph",
          "more than " + (most >> 20) + " MiB of nodes without calls",
          "a network of a usual size",
          Heap.remedy(2 * Heap.most()));
    }
  }
}
