package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.pickle.PickleArray;
import io.github.fdistill.pickle.PickleDict;
import io.github.fdistill.pickle.PickleFile;
import io.github.fdistill.pickle.PickleList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * CIFAR-10 and CIFAR-100 in Python's pickles: dictionaries with the images as an array of bytes [N,
 * 3 x 32 x 32], a list of labels, and beside them one with the names of the classes.
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
    PickleDict batch = PickleFile.read(files.path().resolve(name), files.read(name));
    PickleArray data = PickleArray.of(batch.get("data")).orElseThrow(() -> wrong(where, "data"));
    if (!(batch.get(labels) instanceof PickleList list)) {
      throw wrong(where, labels);
    }
    int planes = CifarDataset.PLANES;
    List<Object> found = list.items();
    if (!data.shape().equals(List.of((long) found.size(), (long) planes))) {
      throw wrong(where, "data and " + labels + " of as many images");
    }
    byte[] binary = new byte[Math.multiplyExact(found.size(), planes + 1)];
    for (int i = 0; i < found.size(); i++) {
      if (!(found.get(i) instanceof Long label) || label < 0 || label >= classes) {
        throw wrong(where, labels + " from 0 to " + (classes - 1));
      }
      binary[i * (planes + 1)] = (byte) (long) label;
      byte[] image = data.bytes().array((long) i * planes, planes);
      System.arraycopy(image, 0, binary, i * (planes + 1) + 1, planes);
    }
    return binary;
  }

  /** What the classes are called; none where the file beside says other than so many. */
  List<String> classNames(NamedFiles files) {
    String name = called.names(files).orElseThrow();
    PickleDict said = PickleFile.read(files.path().resolve(name), files.read(name));
    List<String> texts = new ArrayList<>();
    if (said.get(names) instanceof PickleList list && list.items().size() == classes) {
      list.items().forEach(text -> texts.add(String.valueOf(text)));
    }
    return texts;
  }

  private static InputException wrong(String where, String lacks) {
    return new InputException(
        where,
        "a pickle without " + lacks,
        "a batch of CIFAR's, as its makers pickled it",
        "copy the file again, or take the binary batches");
  }
}
