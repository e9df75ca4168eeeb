package io.github.fdistill.files;

/**
 * What is read whole from files that may come from anywhere, and what that can take: the largest
 * file of a kind, and how many bytes of Java's heap a file of n bytes makes its reader hold at
 * once, however it is made. What is read piece by piece takes no more than a piece, and stands here
 * with 0 for each byte. A test reads hostile files of every kind with little heap.
 */
public enum FileKind {
  /**
   * The protobuf of a SavedModel. What it holds is weighed before it is parsed: a message of two
   * bytes is an object of sixty.
   */
  SAVED_MODEL("saved_model.pb", 1 << 30, 6),
  /** The index of a checkpoint; of keys and values as they are when they are put together. */
  CHECKPOINT_INDEX("variables.index", 64 << 20, 1),
  /** Settings: text protobuf, whose smallest message has three letters. */
  SETTINGS("settings (.pbtxt)", 1 << 20, 100),
  /** What a run notes for itself, a few lines. */
  NOTE("a note of a run", 1 << 20, 60),
  /** JSON of a run's record, whose smallest element has two letters. */
  RECORD("record.json", 2 << 20, 50),
  /** What a study keeps of a run, as protobuf. */
  RESULT("result.pb", 64 << 20, 20),
  /** Read line by line; the numbers of all lines are held, and the smallest has six letters. */
  METRICS("metrics.jsonl", 1 << 30, 10),
  /** Checksums, line by line. */
  CHECKSUMS("a list of checksums", 64 << 20, 5),
  /** A picture as it is compressed; its pixels are weighed by what its header says. */
  PICTURE("a picture", 1 << 28, 1),
  /** The header of an array; its values are read image by image. */
  ARRAY("an array (.npy)", Long.MAX_VALUE, 0),
  /** Images and labels in MNIST's format, held as bytes; compressed, as many as the header says. */
  IDX("IDX data", Integer.MAX_VALUE - 8, 1);

  private final String text;
  private final long mostBytes;
  private final int heldForByte;

  FileKind(String text, long mostBytes, int heldForByte) {
    this.text = text;
    this.mostBytes = mostBytes;
    this.heldForByte = heldForByte;
  }

  /** The largest file of the kind. */
  public long mostBytes() {
    return mostBytes;
  }

  /** The most that a file of so many bytes makes its reader hold, in bytes. */
  public long mostHeld(long fileBytes) {
    return heldForByte == 0 ? 0 : Math.multiplyExact(fileBytes, (long) heldForByte);
  }

  @Override
  public String toString() {
    return text;
  }
}
