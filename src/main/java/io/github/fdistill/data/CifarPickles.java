package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.pickle.PickleArray;
import io.github.fdistill.pickle.PickleDict;
import io.github.fdistill.pickle.PickleFile;
import io.github.fdistill.pickle.PickleList;
import io.github.fdistill.pickle.PickleText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * CIFAR-10 and CIFAR-100 in Python's pickles: dictionaries with the images as an array of bytes [N,
 * 3 x 32 x 32], a list or an array of labels, and beside them one with the names of the classes.
 */
enum CifarPickles {
  TEN("data_batch_\\d", "test_batch", "batches\\.meta", "labels", "label_names", 10),
  HUNDRED("train", "test", "meta", "fine_labels", "fine_label_names", 100);

  private final CifarFiles called;
  private final String labels;
  private final String names;
  private final int classes;

  CifarPickles(String train, String test, String meta, String labels, String names, int classes) {
    this.called = new CifarFiles(train, test, meta);
    this.labels = labels;
    this.names = names;
    this.classes = classes;
  }

  /** Which of the two files are, by their names; nothing of others. */
  static Optional<CifarPickles> in(NamedFiles files) {
    return Arrays.stream(values())
        .filter(kind -> kind.called.areIn(files))
        .filter(kind -> kind.called.names(files).isPresent())
        .findFirst();
  }

  /** What its files are called. */
  CifarFiles called() {
    return called;
  }

  int classes() {
    return classes;
  }

  /**
   * A batch in CIFAR's binary form: of each image its label and then its planes.
   *
   * @throws InputException when the pickle holds something else
   */
  byte[] batch(NamedFiles files, String name) {
    String where = files.where(name);
    Path file = files.path().resolve(name);
    PickleDict batch = PickleFile.read(file, files.read(name));
    int planes = CifarDataset.PLANES;
    PickleArray data =
        PickleArray.of(batch.get("data"), file)
            .filter(array -> array.type().equals("u1"))
            .orElseThrow(() -> wrong(where, batch, "data", "an array of uint8"));
    if (data.shape().size() != 2 || data.shape().get(1) != planes) {
      throw wrong(where, "data of shape " + data.shape(), "data [N, " + planes + "]");
    }
    long count = data.shape().get(0);
    List<Long> found =
        numbers(batch.get(labels), file, count)
            .orElseThrow(() -> wrong(where, batch, labels, "a whole number for each of " + count));
    byte[] binary = new byte[Math.multiplyExact(found.size(), planes + 1)];
    for (int i = 0; i < found.size(); i++) {
      long label = found.get(i);
      if (label < 0 || label >= classes) {
        throw wrong(where, "the label " + label, labels + " from 0 to " + (classes - 1));
      }
      binary[i * (planes + 1)] = (byte) label;
      byte[] image = data.bytes().array((long) i * planes, planes);
      System.arraycopy(image, 0, binary, i * (planes + 1) + 1, planes);
    }
    return binary;
  }

  /** Those of a list of so many, or of such an array. */
  private static Optional<List<Long>> numbers(Object value, Path file, long count) {
    if (value instanceof PickleList list) {
      List<Object> items = list.items();
      return items.size() == count && items.stream().allMatch(Long.class::isInstance)
          ? Optional.of(items.stream().map(Long.class::cast).toList())
          : Optional.empty();
    }
    return PickleArray.of(value, file)
        .filter(array -> array.shape().equals(List.of(count)))
        .map(array -> LongStream.range(0, count).mapToObj(array::number).toList());
  }

  /** What the classes are called; none where the file beside says other than so many. */
  List<String> classNames(NamedFiles files) {
    String name = called.names(files).orElseThrow();
    PickleDict said = PickleFile.read(files.path().resolve(name), files.read(name));
    List<String> texts = new ArrayList<>();
    if (said.get(names) instanceof PickleList list && list.items().size() == classes) {
      list.items().forEach(text -> texts.add(PickleText.of(text).orElse(String.valueOf(text))));
    }
    return texts;
  }

  private InputException wrong(String where, PickleDict batch, String key, String needed) {
    boolean there = batch.has(key);
    return wrong(
        where,
        there ? key + " of another kind or shape" : "a pickle without " + key,
        key + ", " + needed);
  }

  private InputException wrong(String where, String found, String needed) {
    return new InputException(
        where,
        found,
        needed + ", in a batch of CIFAR's as its makers pickled it",
        "copy the file again, take the binary batches, or pickle plain values anew, in protocol 4:"
            + " data as an array of uint8 [N,3072], "
            + labels
            + " as a list");
  }
}
