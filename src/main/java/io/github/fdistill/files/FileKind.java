package io.github.fdistill.files;

import java.util.Locale;

/**
 * What is read whole of what may come from anywhere, and what that can take: the largest file of a
 * kind, and how much of Java's memory a file of n bytes makes its reader hold at once, however it
 * is made. Readers ask here; the table stands in docs/bounds.md too, and a test reads hostile files
 * of every kind with little memory.
 */
public enum FileKind {
  /** Weighed before it is parsed: a message of two bytes is an object of sixty, or more. */
  SAVED_MODEL("saved_model.pb", 1 << 30, 150, Heap.most() / 4),
  /** Keys leave out what they share with the one before; counted while they are put together. */
  CHECKPOINT_INDEX("variables.index", 64 << 20, 1_000_000, Math.min(64 << 20, Heap.most() / 4)),
  /** A request of a server, weighed likewise. */
  REQUEST("a request as protobuf", 1 << 30, 150, Heap.most() / 4),
  /** A record among many, which are read one after another: its bytes, and its message weighed. */
  TF_RECORD("a record of a file of many", 1 << 30, 150, Heap.most() / 4),
  /** Objects within each other, of which each has five letters and is a map, a key and a node. */
  FOREIGN_JSON("JSON of other programs", 16 << 20, 40),
  /** The same; the format's own library takes no longer one. */
  TENSOR_HEADER("a header of safetensors", 100_000_000, 40),
  /** Text protobuf, whose smallest message has three letters. */
  SETTINGS("settings (.pbtxt)", 1 << 20, 100),
  /** What a run notes for itself, a few lines. */
  NOTE("a note of a run", 1 << 20, 60),
  /** JSON, whose smallest element has two letters. */
  RECORD("record.json", 2 << 20, 50),
  /** What is kept of a look at pictures, as JSON. */
  SURVEY("a kept look at pictures", 16 << 20, 50),
  /** What a study keeps of a run, as protobuf. */
  RESULT("result.pb", 64 << 20, 20),
  /** What a model's inputs are where there is no condition. */
  NONE("none.pb", 64 << 20, 20),
  /** Read line by line, of any size; of each name a few numbers are held, or means of them. */
  METRICS("metrics.jsonl", 1L << 40, 300, 160 << 20, false),
  /** Read line by line; all names and sums are held. */
  CHECKSUMS("a list of checksums", 64 << 20, 5),
  /** Read line by line; all pairs are held, and the smallest has three letters. */
  MERGES("merges.txt", 16 << 20, 64),
  /** Read line by line; all texts are held, and the smallest has two letters. */
  PROMPTS("prompts", 1 << 28, 40),
  /** Read line by line, as prompts are; of a packed set of any size. */
  CAPTIONS("captions beside an array", 1L << 36, 40),
  /** A name a line; the smallest line has two letters. */
  CLASSES("classes.txt", 16 << 20, 40),
  /** As it is compressed, also as parts; its pixels take 14 bytes for each value, by its header. */
  PICTURE("a picture", 1 << 28, 4),
  /** Two bytes for each that its header speaks of, where it is compressed. */
  IDX("IDX data", Integer.MAX_VALUE - 8, 2);

  private final String text;
  private final long mostBytes;
  private final long heldForByte;

  /** What the reader itself holds to; 0 where what is asked before it reads is all. */
  private final long held;

  /** Whether the reader finds what it will hold before it parses. */
  private final boolean weighed;

  FileKind(String text, long mostBytes, long heldForByte) {
    this(text, mostBytes, heldForByte, 0, false);
  }

  FileKind(String text, long mostBytes, long heldForByte, long held) {
    this(text, mostBytes, heldForByte, held, true);
  }

  FileKind(String text, long mostBytes, long heldForByte, long held, boolean weighed) {
    this.text = text;
    this.mostBytes = mostBytes;
    this.heldForByte = heldForByte;
    this.held = held;
    this.weighed = weighed;
  }

  /** The largest file of the kind. */
  public long mostBytes() {
    return mostBytes;
  }

  /** The most that a file of so many bytes makes its reader hold, in bytes. */
  public long mostHeld(long fileBytes) {
    long bySize = fileBytes * heldForByte;
    return held > 0 ? Math.min(held, bySize) : bySize;
  }

  /**
   * Refuses a file that would take more memory than there is for one thing.
   *
   * @throws io.github.fdistill.InputException naming the file
   */
  public void requireRoom(String file, long bytes) {
    Heap.require(file, bytes + " bytes of " + text, Math.max(bytes, mostHeld(bytes)));
  }

  /** Its row in the table: the kind, the largest file, and what that holds for each byte. */
  public String row() {
    return String.format(
        Locale.ROOT,
        "| %s | %d MiB | %s%s |",
        text,
        (mostBytes >> 20) + (mostBytes % (1 << 20) == 0 ? 0 : 1),
        weighed ? "as much as it is" : heldForByte + " bytes for each",
        mostText());
  }

  private String mostText() {
    if (weighed) {
      return ", an eighth of Java's memory at the most";
    }
    return held > 0 ? ", " + (held >> 20) + " MiB at the most" : "";
  }

  @Override
  public String toString() {
    return text;
  }
}
